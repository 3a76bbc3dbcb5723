import { HypervisorError } from '../errors.ts';
import { XdrReader } from './xdr.ts';

/** libvirt repeats guest or QEMU output in its messages; a sentence needs no more than this. */
const reasonMax = 2_000;

/** Reads a virNetMessageError. Only code, domain and message are of use; the rest is kept for old clients. */
export function decodeWireError(payload: Uint8Array, procedure: string): HypervisorError {
  const reader = new XdrReader(payload);
  const number = reader.int();
  const domain = reader.int();
  const reason = (reader.optionalString() ?? 'no message').slice(0, reasonMax);
  return new HypervisorError('hypervisor.libvirt_failed', { procedure, domain, number, reason });
}
