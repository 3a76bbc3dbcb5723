/** What this PC tells the others of itself (N3), and what it knows of them by it. Soft facts. */
import type { Facts, Mesh } from '../../gossip/index.ts';
import type { CloudState, Logger } from '../../state/index.ts';
import type { Link, Load, NodeTransfer, Peer, TransferFacts } from '../interface.ts';
import type { SoftChanges } from '../soft-changes.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
/** A change of load that a person or the scheduler would care about; less is told with the next repetition. */
const TELL_CPU = 0.05;
const TELL_RAM_MIB = 256;
/** As many as an announcement holds. */
const MAX_VERSIONS = 64;
const MAX_PARTS = 16;
/** A whole class that fetches an image says so 15 times a second; its page is drawn anew at this pace. */
const TELL_IMAGE_MS = 1000;

export interface AnnouncementParts {
  readonly nodeId: string;
  readonly version: string;
  readonly mesh: Mesh;
  readonly state: CloudState;
  readonly soft: SoftChanges;
  readonly load: () => Load | null;
  readonly versionIds: () => readonly string[];
  readonly partIds: () => readonly string[];
  readonly transfers: () => readonly TransferFacts[];
  readonly bulk: () => string | null;
  readonly links: () => readonly Link[];
  readonly isLocalUserPresent: () => boolean;
  readonly now: () => number;
  readonly logger: Logger;
}

export class Announcements {
  readonly #parts: AnnouncementParts;
  readonly #undo: (() => void)[] = [];
  /** Images on their way, by PC. */
  readonly #coming = new Map<string, Set<string>>();
  /** When its page was told last, by image. */
  readonly #toldOf = new Map<string, number>();
  #told: Facts | null = null;

  constructor(parts: AnnouncementParts) {
    this.#parts = parts;
  }

  start(): void {
    const { mesh, soft } = this.#parts;
    this.#undo.push(
      mesh.announcer.onAnnounced(({ nodeId, facts }) => {
        soft.tell('node', nodeId);
        this.#tellOfImages(nodeId, facts);
      }),
      mesh.detector.onChange(({ nodeId }) => soft.tell('node', nodeId)),
    );
    this.refresh();
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }

  /** Tells the others when something has changed that matters. */
  refresh(): void {
    const facts = this.#facts();
    if (facts === null || (this.#told !== null && isAlike(this.#told, facts))) return;
    try {
      this.#parts.mesh.announcer.announce(facts);
      this.#told = facts;
    } catch (error) {
      this.#parts.logger.warn('this PC could not announce itself', { error: String(error) });
    }
  }

  /** What every PC is fetching, as far as it is known here. */
  transfers(): NodeTransfer[] {
    const { nodeId: own, mesh, state, transfers } = this.#parts;
    const others = mesh.announcer.board.all().filter(({ nodeId }) => {
      const node = state.tables.node.get(nodeId);
      if (nodeId === own || node === undefined || node.state === 'retired') return false;
      return mesh.detector.health(nodeId) !== 'dead';
    });
    const told = others.flatMap(({ nodeId, facts }) =>
      (facts.transfers ?? []).map((one) => ({ nodeId, ...one })),
    );
    return [...transfers().map((one) => ({ nodeId: own, ...one })), ...told];
  }

  /** Pages of images show what is on its way; once more when it has come. */
  #tellOfImages(nodeId: string, { transfers = [] }: Facts): void {
    const { soft, state, now } = this.#parts;
    const imageIds = new Set(
      transfers.flatMap(({ versionId }) => state.tables.version.get(versionId)?.imageId ?? []),
    );
    const before = this.#coming.get(nodeId) ?? new Set();
    for (const id of new Set([...imageIds, ...before])) {
      const isNews = imageIds.has(id) !== before.has(id); // it began or has come
      if (!isNews && now() - (this.#toldOf.get(id) ?? 0) < TELL_IMAGE_MS) continue;
      this.#toldOf.set(id, now());
      soft.tell('image', id);
    }
    if (imageIds.size > 0) this.#coming.set(nodeId, imageIds);
    else this.#coming.delete(nodeId);
    if (this.#coming.size === 0) this.#toldOf.clear();
  }

  peer(nodeId: string): Peer | null {
    const { nodeId: own, mesh, state, load, versionIds, links, version, now } = this.#parts;
    const { isLocalUserPresent } = this.#parts;
    const node = state.tables.node.get(nodeId);
    if (node === undefined || node.state === 'retired') return null;
    if (nodeId === own)
      return {
        seenMs: 0,
        health: 'alive',
        load: load(),
        userPresent: isLocalUserPresent(),
        versionIds: versionIds(),
        links: links(),
        version,
      };
    const health = mesh.detector.health(nodeId) ?? 'dead';
    const announced = mesh.announcer.board.get(nodeId);
    if (announced === undefined)
      return {
        seenMs: null,
        health,
        load: null,
        userPresent: false,
        versionIds: [],
        links: [],
        version: null,
      };
    const { facts, heardAt } = announced;
    return {
      seenMs: Math.max(0, now() - heardAt),
      health,
      load: loadOf(facts, heardAt),
      userPresent: facts.load.isLocalUserPresent,
      versionIds: facts.images,
      links: facts.links ?? [],
      version: facts.version,
    };
  }

  #facts(): Facts | null {
    const { nodeId, state, load, versionIds, bulk, links, version, isLocalUserPresent } = this.#parts;
    const { partIds, transfers } = this.#parts;
    const now = load();
    if (now === null) return null;
    const node = state.tables.node.get(nodeId);
    const accel = node?.accel ?? 'none';
    return {
      capacity: {
        cores: node?.capacity.cores ?? 0,
        ramBytes: now.ramTotalMiB * MIB,
        diskBytes: Math.round(now.diskTotalGiB * GIB),
        accelerator: accel === 'none' ? null : accel,
      },
      load: {
        cpu: Math.min(1, Math.max(0, now.cpu)),
        ramFreeBytes: Math.max(0, now.ramTotalMiB - now.ramUsedMiB) * MIB,
        diskFreeBytes: Math.round(now.diskFreeGiB * GIB),
        isLocalUserPresent: isLocalUserPresent(),
      },
      images: versionIds().slice(0, MAX_VERSIONS),
      parts: partIds().slice(0, MAX_PARTS),
      transfers: transfers().map(({ from, ...one }) => ({ ...one, from: from.map((peer) => ({ ...peer })) })),
      roles: [],
      version,
      bulk: bulk(),
      links: links().map((link) => ({ ...link })),
    };
  }
}

function loadOf({ capacity, load }: Facts, at: number): Load {
  const ramTotalMiB = Math.round(capacity.ramBytes / MIB);
  return {
    at,
    cpu: load.cpu,
    ramTotalMiB,
    ramUsedMiB: Math.max(0, ramTotalMiB - Math.round(load.ramFreeBytes / MIB)),
    diskFreeGiB: load.diskFreeBytes / GIB,
    diskTotalGiB: capacity.diskBytes / GIB,
  };
}

/** Alike enough not to be told again before the next repetition. */
function isAlike(one: Facts, other: Facts): boolean {
  if (Math.abs(one.load.cpu - other.load.cpu) > TELL_CPU) return false;
  if (Math.abs(one.load.ramFreeBytes - other.load.ramFreeBytes) > TELL_RAM_MIB * MIB) return false;
  if (Math.abs(one.load.diskFreeBytes - other.load.diskFreeBytes) > GIB) return false;
  const rest = ({ load, links: _, ...facts }: Facts) => JSON.stringify([facts, load.isLocalUserPresent]);
  return rest(one) === rest(other);
}
