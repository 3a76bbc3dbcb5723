/** VMs whose image still comes: kept served, taken to the file when it is whole, and what is to be said of them meanwhile. */
import type { DomainInfo, Hypervisor } from '../../hypervisor/index.ts';
import type { Logger, NodeProblem, Vm } from '../../state/index.ts';

/** The image on its way, as the agent needs it. */
export interface ImageStream {
  /** True while chunks of it come, so that a VM can be started on it. */
  flows(versionId: string): boolean;
  /** Its raw file, of which a part is here; null: nothing is, or everything. */
  partialFile(versionId: string): string | null;
  /** A VM will start on an image that comes: what serves it is made ready meanwhile. */
  prepare(): void;
  /** What a VM of it is to read from. Serves nothing yet. */
  servedAs(versionId: string): { readonly socket: string; readonly name: string };
  /** Serves it from now on. @throws ImagesError `images.serving_failed`, `images.not_served` */
  open(versionId: string): Promise<void>;
  /** A VM reads it: it goes on being served and fetched. */
  keep(versionId: string): void;
  /** Whether guests wait for bytes that do not come. */
  isStuck(versionId: string): boolean;
  /** Names of the PCs that have it and do not answer. */
  awayHolders(versionId: string): readonly string[];
}

/** What of a VM matters here. */
type Watched = Pick<Vm, 'id' | 'versionId'>;

export class StreamWatch {
  readonly #stream: ImageStream;
  readonly #hypervisor: Pick<Hypervisor, 'isStreamed' | 'leaveStream'>;
  readonly #backingFile: (versionId: string) => string | null;
  readonly #logger: Logger;
  /** VMs that were seen on a file: they stay there until they are made anew. */
  readonly #local = new Set<string>();

  constructor(
    stream: ImageStream,
    hypervisor: Pick<Hypervisor, 'isStreamed' | 'leaveStream'>,
    backingFile: (versionId: string) => string | null,
    logger: Logger,
  ) {
    this.#stream = stream;
    this.#hypervisor = hypervisor;
    this.#backingFile = backingFile;
    this.#logger = logger;
  }

  /** The VM is made or started anew, or is gone. */
  forget(vmId: string): void {
    this.#local.delete(vmId);
  }

  /** @returns whether its image still comes to it, once what could be done about that was done */
  async tend(vm: Watched, domain: DomainInfo | undefined): Promise<boolean> {
    if (domain === undefined || this.#local.has(vm.id)) return false;
    const isStreamed = await this.#hypervisor.isStreamed(vm.id);
    const isAlive = domain.state !== 'off' && domain.state !== 'crashed';
    if (isStreamed && isAlive) this.#stream.keep(vm.versionId);
    // Also one that is on the file: a node that fell may have left something of the move.
    if (await this.#leave(vm, isStreamed)) {
      this.#local.add(vm.id);
      return false;
    }
    return isStreamed && isAlive;
  }

  /** Whether the VM waits for bytes that do not come: to let it go on would only have it read in vain. */
  isStuck({ versionId }: Watched): boolean {
    return this.#stream.isStuck(versionId);
  }

  /** What people are to know of a VM whose image still comes. */
  note({ versionId }: Watched): NodeProblem {
    if (!this.#stream.isStuck(versionId)) return { code: 'vm.image_coming', data: {} };
    return { code: 'vm.image_waits', data: { nodes: this.#stream.awayHolders(versionId) } };
  }

  async #leave(vm: Watched, isStreamed: boolean): Promise<boolean> {
    try {
      const isThere = await this.#hypervisor.leaveStream(vm.id, this.#backingFile(vm.versionId));
      if (isThere && isStreamed) this.#logger.info('a VM reads its image from the file now', { vm: vm.id });
      return isThere;
    } catch (error) {
      this.#logger.warn('a VM stays on the served image for now', { vm: vm.id, error: String(error) });
      return false;
    }
  }
}
