/** libvirt's event packets, turned into the few things a node acts on. */
import type { DomainEventKind } from '../types.ts';
import { procedure } from './constants.ts';
import { readDomain } from './refs.ts';
import { XdrReader } from './xdr.ts';

export interface WireEvent {
  uuid: string;
  name: string;
  event: DomainEventKind;
  detail: string;
}

/** virDomainEventType and, per type, its details in order. Null: of no interest. */
const lifecycle: ((detail: number) => [DomainEventKind, string] | null)[] = [
  () => ['defined', ''],
  () => ['undefined', ''],
  (d) => ['started', pick(['booted', 'migrated', 'restored', 'snapshot', 'wakeup'], d)],
  (d) => [
    'paused',
    pick(['user', 'migrated', 'io-error', 'watchdog', 'restored', 'snapshot', 'api-error'], d),
  ],
  (d) => ['resumed', pick(['user', 'migrated', 'snapshot'], d)],
  stopped,
  (d) => ['shutting-down', pick(['finished', 'guest', 'host'], d)],
  (d) => ['paused', pick(['guest-memory', 'guest-disk'], d)],
  (d) => ['crashed', pick(['panicked', 'crashloaded'], d)],
];

/** virDomainEventStoppedDetailType: a QEMU that died is "failed" to libvirt, and a crash to a person. */
function stopped(detail: number): [DomainEventKind, string] {
  const reason = pick(
    ['shutdown', 'destroyed', 'crashed', 'migrated', 'saved', 'failed', 'snapshot'],
    detail,
  );
  return [reason === 'crashed' || reason === 'failed' ? 'crashed' : 'stopped', reason];
}

function pick(names: string[], index: number): string {
  return names[index] ?? `other-${index}`;
}

/** Null for an event nobody waits for. */
export function decodeEvent(procedureNumber: number, payload: Uint8Array): WireEvent | null {
  const reader = new XdrReader(payload);
  if (procedureNumber === procedure.domainEventLifecycle) {
    reader.int();
    const domain = readDomain(reader);
    const kind = lifecycle[reader.int()]?.(reader.int());
    return kind === null || kind === undefined ? null : { ...domain, event: kind[0], detail: kind[1] };
  }
  if (procedureNumber === procedure.domainEventReboot) {
    reader.int();
    return { ...readDomain(reader), event: 'rebooted', detail: '' };
  }
  if (procedureNumber === procedure.domainEventIoErrorReason) {
    reader.int();
    const domain = readDomain(reader);
    // Path and device say where; the reason is what tells a full disk (`enospc`) from a broken one.
    reader.string();
    const device = reader.string();
    reader.int();
    const reason = reader.string();
    return { ...domain, event: 'io-error', detail: reason === '' ? device : reason };
  }
  return null;
}
