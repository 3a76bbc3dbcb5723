/** What people see of a guest from outside its agent: the screen, the serial log. */
import { open } from 'node:fs/promises';
import type { Hypervisor } from '../hypervisor/index.ts';
import type { CloudState, Logger, Vm } from '../state/index.ts';
import { hasConsole, LabmeshError } from '../state/index.ts';
import { openUnixStream } from './across/index.ts';
import { NodeError } from './errors.ts';
import type { ConsoleStream } from './interface.ts';

/** A picture is asked for by every page that shows the VM; one a second is enough for all of them. */
const PICTURE_AGE_MS = 1000;
/** Pictures of more VMs than a PC runs are not kept. */
const MAX_PICTURES = 64;

export class GuestWindows {
  readonly #state: CloudState;
  readonly #hypervisor: Hypervisor;
  readonly #now: () => number;
  readonly #logger: Logger;
  readonly #pictures = new Map<string, { at: number; picture: Promise<Uint8Array | null> }>();

  constructor(state: CloudState, hypervisor: Hypervisor, now: () => number, logger: Logger) {
    this.#logger = logger;
    this.#state = state;
    this.#hypervisor = hypervisor;
    this.#now = now;
  }

  /** @throws NodeError `vm.no_console` while the guest has no screen */
  async openConsole(vmId: string): Promise<ConsoleStream> {
    const vm = this.#need(vmId);
    const none = (cause?: unknown) => new NodeError('vm.no_console', { name: vm.name }, { cause });
    if (!hasConsole(vm)) throw none();
    return await openUnixStream(this.#hypervisor.vncSocket(vmId)).catch((error: unknown) => {
      throw none(error); // it has just stopped
    });
  }

  async screenshot(vmId: string): Promise<Uint8Array | null> {
    const vm = this.#need(vmId);
    if (!hasConsole(vm)) return null;
    const now = this.#now();
    const kept = this.#pictures.get(vmId);
    if (kept && now - kept.at < PICTURE_AGE_MS) return kept.picture;
    const picture = this.#hypervisor.screenshot(vmId).catch((error: unknown) => {
      this.#logger.info('no picture of a guest', { vm: vmId, error: String(error) });
      return null;
    });
    this.#pictures.delete(vmId);
    this.#pictures.set(vmId, { at: now, picture });
    const oldest = this.#pictures.keys().next();
    if (this.#pictures.size > MAX_PICTURES && !oldest.done) this.#pictures.delete(oldest.value);
    return picture;
  }

  async serialLog(vmId: string, maxBytes: number): Promise<{ text: string; totalBytes: number }> {
    this.#need(vmId);
    return await tail(this.#hypervisor.serialLogPath(vmId), maxBytes);
  }

  #need(vmId: string): Vm {
    const vm = this.#state.tables.vm.get(vmId);
    if (!vm) throw new LabmeshError('not_found', { kind: 'vm', id: vmId });
    return vm;
  }
}

/** The end of a file; empty when there is none. Bytes that are no UTF-8 become replacement characters. */
async function tail(path: string, maxBytes: number): Promise<{ text: string; totalBytes: number }> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!file) return { text: '', totalBytes: 0 };
  try {
    const { size } = await file.stat();
    const length = Math.min(size, maxBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return { text: buffer.toString('utf8', 0, bytesRead), totalBytes: size };
  } finally {
    await file.close();
  }
}
