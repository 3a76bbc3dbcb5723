/**
 * The link to libvirtd over the node's whole life: connects, asks what there is, and when the link breaks tries again
 * with backoff, for ever. Nothing here throws because libvirt is missing: that is a status.
 */
import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../state/logger.ts';
import { accelProblems, accelReport } from './accel/report.ts';
import { HypervisorError } from './errors.ts';
import type { Owner } from './layout.ts';
import type { AccelChoice, AccelReport, HostStatus } from './types.ts';
import { authType, eventId, featureKeepalive } from './wire/constants.ts';
import { decodeEvent, type WireEvent } from './wire/events.ts';
import * as libvirt from './wire/procedures.ts';
import { Rpc } from './wire/rpc.ts';
import { readCapabilities } from './xml/capabilities.ts';

const connectDeadlineMs = 5_000;
/** A libvirtd that restarts is back within a second; a missing one costs a failed `connect` every second: microseconds. */
const firstRetryMs = 100;
const lastRetryMs = 1_000;
/** While QEMU is missing: how soon an installation is noticed. */
const recheckMs = 10_000;

/** What is needed to make and run VMs, known once connected. */
export interface ReadyHost {
  rpc: Rpc;
  emulator: string;
  qemu: Owner;
  accel: AccelReport;
}

/** What was found about this PC: all of a ready host but the connection. */
interface Known {
  emulator: string;
  qemu: Owner;
  status: Extract<HostStatus, { state: 'ready' }>;
}

export interface HostConnectionOptions {
  /** The first that exists is taken; if none does, the first. */
  sockets: string[];
  dataDir: string;
  accel: AccelChoice;
  kvmPath: string;
  logger: Logger;
  onEvent(event: WireEvent): void;
  onStatus(status: HostStatus): void;
}

export class HostConnection {
  readonly #options: HostConnectionOptions;
  #status: HostStatus = { state: 'connecting', sinceMs: Date.now() };
  #ready: ReadyHost | null = null;
  /** What the last connection found. */
  #known: Known | null = null;
  #rpc: Rpc | null = null;
  #retryMs = firstRetryMs;
  #timer: Timer | null = null;
  #stopped = true;

  constructor(options: HostConnectionOptions) {
    this.#options = options;
  }

  get status(): HostStatus {
    return this.#status;
  }

  /** Throws why there is none. */
  ready(): ReadyHost {
    if (this.#ready !== null) return this.#ready;
    if (this.#stopped) throw new HypervisorError('hypervisor.stopped', {});
    if (this.#status.state !== 'unavailable') throw new HypervisorError('hypervisor.libvirt_gone', {});
    throw new HypervisorError(this.#status.code, this.#status.data as never);
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    void this.#attempt();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#ready = null;
    this.#rpc?.close();
    this.#rpc = null;
  }

  async #attempt(): Promise<void> {
    const { sockets, onEvent } = this.#options;
    const path = sockets.find((candidate) => existsSync(candidate)) ?? sockets[0] ?? '';
    let rpc: Rpc | null = null;
    try {
      rpc = await Rpc.connect(
        path,
        {
          onEvent: (number, payload) => {
            const event = decodeEvent(number, payload);
            if (event !== null) onEvent(event);
          },
          onEnd: (error) => this.#lost(rpc, error),
        },
        connectDeadlineMs,
      );
      if (this.#stopped) return rpc.close();
      this.#rpc = rpc;
      await openSession(rpc);
      // libvirt may ask QEMU for its abilities again (seconds): what was true before the break is believed meanwhile.
      if (this.#known !== null) this.#becomeReady(rpc, this.#known);
      await this.#examine(rpc);
    } catch (error) {
      rpc?.close();
      if (this.#rpc === rpc) this.#rpc = null;
      this.#unavailable(asHypervisorError(error));
      this.#later(this.#retryMs, () => this.#attempt());
      this.#retryMs = Math.min(lastRetryMs, this.#retryMs * 2);
    }
  }

  /** Asks libvirt what there is; with QEMU missing asks again from time to time, over the same connection. */
  async #examine(rpc: Rpc): Promise<void> {
    const { emulator, qemu } = readCapabilities(await libvirt.connectGetCapabilities(rpc));
    if (emulator === null) {
      this.#known = null;
      this.#ready = null;
      this.#unavailable(new HypervisorError('hypervisor.qemu_missing', {}));
      this.#later(recheckMs, () => this.#examine(rpc).catch((error) => rpc.close(asHypervisorError(error))));
      return;
    }
    const [qemuNumber, libvirtNumber, hostname] = await Promise.all([
      libvirt.connectGetVersion(rpc),
      libvirt.connectGetLibVersion(rpc),
      libvirt.connectGetHostname(rpc),
    ]);
    const { accel: choice, dataDir, kvmPath } = this.#options;
    const qemuVersion = versionText(qemuNumber);
    const accel = await accelReport({ choice, emulator, qemuVersion, qemu, kvmPath, dataDir });
    if (this.#stopped || this.#rpc !== rpc) return;
    const problems = accelProblems(accel, kvmPath, qemu);
    const libvirtVersion = versionText(libvirtNumber);
    const found = { state: 'ready', libvirtVersion, qemuVersion, hostname, accel, problems } as const;
    this.#becomeReady(rpc, { emulator, qemu, status: { ...found, sinceMs: Date.now() } });
  }

  #becomeReady(rpc: Rpc, known: Known): void {
    const { emulator, qemu, status } = known;
    const already =
      this.#ready !== null && isDeepStrictEqual({ ...this.#status, sinceMs: 0 }, { ...status, sinceMs: 0 });
    this.#known = known;
    this.#ready = { rpc, emulator, qemu, accel: status.accel };
    this.#retryMs = firstRetryMs;
    if (!already) this.#set({ ...status, sinceMs: Date.now() });
  }

  #lost(rpc: Rpc | null, error: HypervisorError): void {
    if (this.#stopped || rpc === null || this.#rpc !== rpc || this.#ready === null) return;
    this.#rpc = null;
    this.#ready = null;
    this.#unavailable(error);
    this.#later(firstRetryMs, () => this.#attempt());
  }

  #later(ms: number, action: () => Promise<void>): void {
    if (this.#stopped) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void action(), ms);
  }

  #unavailable(error: HypervisorError): void {
    if (this.#stopped) return;
    const { code, data } = error;
    const same = this.#status.state === 'unavailable' && this.#status.code === code;
    if (!same) this.#set({ state: 'unavailable', code, data, sinceMs: Date.now() });
  }

  #set(status: HostStatus): void {
    this.#status = status;
    this.#options.logger.info('hypervisor status', { ...status });
    this.#options.onStatus(status);
  }
}

async function openSession(rpc: Rpc): Promise<void> {
  const types = await libvirt.authList(rpc);
  if (!types.includes(authType.none) && types.includes(authType.polkit)) await libvirt.authPolkit(rpc);
  await libvirt.connectOpen(rpc, 'qemu:///system');
  if (await libvirt.connectSupportsFeature(rpc, featureKeepalive)) rpc.keepAlive();
  for (const event of [eventId.lifecycle, eventId.reboot, eventId.ioErrorReason])
    await libvirt.registerEvent(rpc, event);
}

/** libvirt's versions are major * 1,000,000 + minor * 1,000 + release. */
function versionText(version: number): string {
  return `${Math.floor(version / 1_000_000)}.${Math.floor(version / 1_000) % 1_000}.${version % 1_000}`;
}

function asHypervisorError(error: unknown): HypervisorError {
  if (error instanceof HypervisorError) return error;
  return new HypervisorError(
    'hypervisor.protocol',
    { reason: String(error).slice(0, 300) },
    { cause: error },
  );
}
