/**
 * What the rest of the house asks of this PC's node. Pages, API and the control socket see only this: the state to read, a door for
 * commands, and what this PC alone knows (consoles, logs, progress, uploads).
 */
import type { Draft, DryRun, Explanation, Forecast, QueueView, SettingValues } from '../scheduler/index.ts';
import type {
  Applied,
  Author,
  CloudState,
  CommandType,
  NodeProblem,
  OsFamily,
  Payload,
} from '../state/index.ts';

/** Who this node is. */
export interface NodeIdentity {
  readonly nodeId: string;
  readonly name: string;
  readonly version: string;
  /** ms since the epoch. */
  readonly startedAt: number;
}

export interface SubmitOptions {
  /** Idempotency key; left out, the command is its own. */
  readonly key?: string;
  /** How long to wait for the cloud's agreement. Default 10 s. */
  readonly timeoutMs?: number;
}

/** A command the cloud carried out. */
export interface Accepted {
  /** Place in the log: `waitForApplied(index)` makes sure that a reader sees it. */
  readonly index: number;
  readonly targetId: string | null;
  readonly operationId: string | null;
}

/** How far an operation is. */
export interface Progress {
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  readonly unit: 'bytes' | 'steps';
  /** Units per second; null until known. */
  readonly rate: number | null;
  readonly etaMs: number | null;
}

/** What a node measures of itself every few seconds; soft facts, never logged. */
export interface Load {
  readonly at: number;
  /** Share of all cores in use, 0 to 1. */
  readonly cpu: number;
  readonly ramUsedMiB: number;
  readonly ramTotalMiB: number;
  readonly diskFreeGiB: number;
  readonly diskTotalGiB: number;
}

/** The agreement as people understand it. */
export interface Quorum {
  readonly term: number;
  readonly masterId: string | null;
  readonly masterSince: number | null;
  readonly voters: readonly string[];
  /** Those who follow without a vote, and which of them take a lost voter's place by themselves. */
  readonly learners: readonly string[];
  readonly standbys: readonly string[];
  readonly alive: readonly string[];
  readonly mayFail: number;
  readonly warnings: readonly NodeProblem[];
}

/** A measured way from one PC to another (N13). */
export interface Link {
  /** Node id of the other end. */
  readonly to: string;
  readonly rttMs: number;
  /** Null until measured. */
  readonly bytesPerSecond: number | null;
}

/** A version of an image on its way to a PC (I11). */
export interface TransferFacts {
  readonly versionId: string;
  /** Bytes that are there by now, of those that are not zeros. */
  readonly done: number;
  /** 0 until known. */
  readonly total: number;
  /** Bytes per second; null until known. */
  readonly rate: number | null;
  readonly etaMs: number | null;
  /** The PCs that sent most, the first first. */
  readonly from: readonly {
    readonly nodeId: string;
    readonly bytes: number;
    readonly rate: number | null;
    /** `lied`: sent what it should not have, and is not asked any more; `failing`: does not answer. */
    readonly state: 'asked' | 'resting' | 'idle' | 'lied' | 'failing';
  }[];
}

/** With the PC that fetches it. */
export interface NodeTransfer extends TransferFacts {
  readonly nodeId: string;
}

/** What this node knows of a PC beyond the log: what it announced last, and whether it answers. Soft facts. */
export interface Peer {
  /** Ms since its last announcement arrived; 0 for this PC itself; null while it has not announced anything. */
  readonly seenMs: number | null;
  readonly health: 'alive' | 'suspect' | 'dead';
  readonly load: Load | null;
  /** Somebody sits at its keyboard. */
  readonly userPresent: boolean;
  /** Versions of images that it holds whole. */
  readonly versionIds: readonly string[];
  readonly links: readonly Link[];
  readonly version: string | null;
}

/** That this PC was taken out of the cloud for good, by whom (empty: nobody knows any more) and when. */
export interface Retirement {
  readonly node: string;
  readonly by: string;
  /** ms since the epoch. */
  readonly at: number;
}

export interface TokenRequest {
  /** 1 minute to 30 days. */
  readonly ttlMs: number;
  /** How many PCs it lets in, 1 to 1000. */
  readonly uses: number;
  readonly label: string;
  /** The author shares a PC of their own (N11): one use, any signed-in person. */
  readonly share: boolean;
}

/** A fresh join token. `token` is told this once: the cloud keeps only what is needed to check it. */
export interface CreatedToken {
  readonly id: string;
  readonly token: string;
  readonly expiresAt: number;
  readonly uses: number;
}

export interface AccelReport {
  readonly chosen: 'kvm' | 'tcg';
  /** Why: forced by a flag, or measured. */
  readonly forced: boolean;
  /** Time of the self-test in ms under each; null when it did not end in time or did not start. */
  readonly kvmMs: number | null;
  readonly tcgMs: number | null;
}

/** Whether this PC can run VMs, and why not. */
export type HostState =
  | {
      readonly state: 'ready';
      readonly libvirtVersion: string;
      readonly qemuVersion: string;
      readonly accel: AccelReport;
      readonly problems: readonly NodeProblem[];
    }
  | { readonly state: 'unavailable'; readonly problem: NodeProblem; readonly since: number };

/** A domain of this PC's libvirt that the cloud does not know or knows as deleted. */
export interface Orphan {
  readonly uuid: string;
  readonly name: string;
  readonly running: boolean;
  /** Ours but forgotten, of another labmesh cloud, or somebody else's. Only the first may be removed from here. */
  readonly owner: 'ours' | 'other-cloud' | 'foreign';
  /** Of one of ours: the VM that it was, which may be gone from the log. */
  readonly vmId?: string;
}

/** One check of `labmesh doctor`. The sentence comes from `texts/` by code. */
export interface Check {
  readonly id: string;
  readonly status: 'ok' | 'warning' | 'fault';
  readonly code: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export type UsageSpan = 'hour' | 'day' | 'week' | 'month' | 'year';

/** One point of a chart; rates per second; null where nothing was measured. */
export interface UsagePoint {
  readonly t: number;
  /** Cores in use. */
  readonly cpu: number | null;
  readonly ramMiB: number | null;
  readonly diskReadBytes: number | null;
  readonly diskWriteBytes: number | null;
  readonly netRxBytes: number | null;
  readonly netTxBytes: number | null;
}

/** Bytes both ways between a page and a VM's screen, each side at the pace of the slower one. */
export interface ConsoleStream {
  /** Resolves when the next may follow. After the end the bytes go nowhere. Order is that of the calls if each awaits the one before. */
  write(bytes: Uint8Array): Promise<void>;
  /** One listener; what came before is kept for it. While its promise is open nothing more is read. */
  onData(listener: (bytes: Uint8Array) => void | Promise<void>): void;
  /** Called once, however it ends; at once if it has. */
  onEnd(listener: () => void): void;
  end(): void;
}

export interface UploadStatus {
  readonly id: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** Bytes received: where the next piece must begin. */
  readonly offset: number;
}

/** Files that are on their way into an image. */
export interface Uploads {
  create(request: {
    name: string;
    sizeBytes: number;
    sha256?: string;
    ownerId: string;
  }): Promise<UploadStatus>;
  /** @throws a LabmeshError for an unknown id or another owner's */
  status(id: string, ownerId: string | null): Promise<UploadStatus>;
  append(
    id: string,
    ownerId: string | null,
    offset: number,
    bytes: ReadableStream<Uint8Array>,
  ): Promise<UploadStatus>;
  discard(id: string, ownerId: string | null): Promise<void>;
}

export interface ImportRequest {
  readonly name: string;
  readonly os: OsFamily;
  readonly shared: boolean;
  /** Take the bytes as those of a disk although nothing in them says so. Default false. */
  readonly asRaw?: boolean;
  /** A finished upload, what is behind an address on the web (this PC fetches it), or (root on this PC only) a file. */
  readonly source:
    | { readonly uploadId: string }
    | { readonly url: string /** Hex, of the whole file. */; readonly sha256?: string }
    | { readonly path: string };
}

export interface NodeServices {
  readonly me: NodeIdentity;
  readonly state: CloudState;
  /**
   * Checks a command at the door, gives it to the log, waits until it is durable and applied here.
   * @throws LabmeshError with the refusal's code, `payload.invalid`, or one of the log's (`log.timeout`, `log.disk_full`, …)
   */
  submit<T extends CommandType>(
    type: T,
    payload: Payload<T>,
    author: Author,
    options?: SubmitOptions,
  ): Promise<Accepted>;
  waitForApplied(index: number, timeoutMs: number): Promise<void>;
  /** Every applied log entry, with what it changed. */
  onApplied(listener: (applied: Applied) => void): () => void;
  /** After the whole state was replaced by a snapshot: anything may have changed, and no entry tells what. */
  onReplaced(listener: () => void): () => void;
  /** A fresh ULID. */
  newId(): string;
  now(): number;

  quorum(): Quorum;
  /** Set once this PC has learnt that it is no member any more. Its page goes on; nothing can be changed here. */
  retirement(): Retirement | null;
  /** Soft facts of a PC; null for one that is no member. */
  peer(nodeId: string): Peer | null;
  /** What every PC is fetching of images, as far as it is known here. */
  transfers(): readonly NodeTransfer[];
  /** Makes a join token that leads to this PC and some others. @throws LabmeshError */
  createToken(request: TokenRequest, author: Author): Promise<CreatedToken>;
  /** Hands the mastership to a PC that votes. @throws LabmeshError `log.change_refused`, `log.timeout` */
  makeMaster(nodeId: string): Promise<void>;
  /** Makes this PC the only voter when the others are lost for good (N9). @throws LabmeshError `log.has_quorum` */
  recover(): Promise<void>;
  /** Who waits, in which order and how long, from this node's own copy of the state. */
  queue(): QueueView;
  /** Why a VM is where it is, or why it waits (S16). @throws LabmeshError `not_found` */
  explain(vmId: string): Explanation;
  /** What a request would meet if it were made now. @throws LabmeshError `not_found` for its owner, image or size */
  forecast(draft: Draft): Forecast;
  /** The present queue under other settings; changes nothing. @throws LabmeshError `setting.unknown`, `setting.invalid` */
  dryRun(values: SettingValues): DryRun;
  host(): HostState;
  load(): Load | null;
  doctor(): Promise<readonly Check[]>;
  orphans(): Promise<readonly Orphan[]>;
  /** Removes an orphan of ours. @throws LabmeshError */
  removeOrphan(uuid: string): Promise<void>;

  progress(operationId: string): Progress | null;
  /** Progress, load and usage change outside the log: tells the id of the operation, VM or node concerned. */
  onSoftChange(
    listener: (what: { kind: 'operation' | 'vm' | 'node' | 'image'; id: string }) => void,
  ): () => void;

  /** The VM's VNC server, on whichever PC it is. @throws LabmeshError `vm.no_console`, `vm.node_silent` */
  openConsole(vmId: string): Promise<ConsoleStream>;
  /** The newest part of the serial log, at most `maxBytes`. */
  serialLog(vmId: string, maxBytes: number): Promise<{ text: string; totalBytes: number }>;
  /** PNG of the guest's screen, at most a second old; null when there is none. */
  screenshot(vmId: string): Promise<Uint8Array | null>;
  usage(subjectId: string, span: UsageSpan): Promise<readonly UsagePoint[]>;

  readonly uploads: Uploads;
  /** Takes the name in the log and begins the work here. */
  importImage(request: ImportRequest, author: Author): Promise<Accepted>;
  /** Re-reads an image's chunks; the numbers of the damaged ones, and which of them came anew from other PCs. */
  verifyImage(
    imageId: string,
  ): Promise<{ checked: number; damaged: readonly number[]; repaired: readonly number[] }>;
  /** Writes an image to a file of this PC (root only). */
  exportImage(imageId: string, path: string): Promise<void>;
  /** Writes the whole agreed state to a file of this PC (root only). */
  backup(path: string): Promise<void>;
}
