/** What the web itself refuses, with the data that its sentence needs. */
import { LabmeshError } from '../state/index.ts';

export interface WebErrors {
  /** A fault of ours; `id` is in the log line that has the details. */
  'web.fault': { id: string };
  'web.not_found': { path: string };
  'web.method': { method: string; allowed: string[] };
  'web.media_type': { got: string; expected: string };
  'web.body': { reason: string };
  'web.too_large': { limitBytes: number };
  'web.timeout': { seconds: number };
  /** Too many at once of what costs memory or cores. */
  'web.busy': { what: string; limit: number };
  'web.host': { host: string };
  'web.csrf': Record<string, never>;
  'web.origin': { origin: string };
  'web.range': { field: string; min: number; max: number };
  'web.control_only': Record<string, never>;
  'web.sign_in': Record<string, never>;
  'web.sign_in_limit': { seconds: number };
  'web.password': Record<string, never>;
  'web.password_short': { min: number };
  'web.password_long': { max: number };
  'web.password_name': Record<string, never>;
  'web.password_same': Record<string, never>;
  'web.csv': { line: number; reason: 'quote' | 'columns' | 'empty' | 'no_name' | 'lines'; limit: number };
  'web.ticket': Record<string, never>;
  'web.upgrade': Record<string, never>;
  'web.port_taken': { host: string; port: number };
  'web.port_privileged': { host: string; port: number };
  'web.address_unknown': { host: string; port: number };
  'web.not_loopback': { host: string };
  'web.listen_failed': { host: string; port: number; reason: string };
  'web.socket_taken': { path: string };
  'web.certificate': { path: string; reason: string };
  /** Why a PC is in its state; `seconds` since when, or until its VMs are suspended. */
  'node.unreachable': { node: string; seconds: number };
  'node.lost': { node: string; seconds: number };
  'node.joining': { node: string };
  'node.draining': { node: string; vms: number; seconds: number };
  /** A name or the beginning of an id that more than one thing has. */
  'name.ambiguous': { kind: string; name: string; count: number };
  /** The administrator wants a password of one's own before anything else. */
  'access.must_change_password': Record<string, never>;
}

export class WebError<C extends keyof WebErrors = keyof WebErrors> extends LabmeshError {
  constructor(code: C, data: WebErrors[C], options?: { cause?: unknown }) {
    super(code, data, options);
  }
}
