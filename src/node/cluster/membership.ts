/** Who belongs to the cloud, for the mesh: what the log says; before a newcomer has the log, what the welcome said. */
import type { Member, MembershipSource } from '../../gossip/index.ts';
import type { CloudMachine } from '../../state/index.ts';

export class ClusterMembership implements MembershipSource {
  readonly #machine: CloudMachine;
  #welcomed: readonly Member[];
  /** This node, which speaks before the log knows it. */
  #self: Member | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #unlisten: () => void;

  /** @param welcomed the members named at joining; empty for a founder */
  constructor(machine: CloudMachine, welcomed: readonly Member[]) {
    this.#machine = machine;
    this.#welcomed = welcomed;
    const off = [
      machine.onApplied(({ changes }) => {
        if (changes.some((change) => change.kind === 'node')) this.#tell();
      }),
      machine.onRestored(() => this.#tell()),
    ];
    this.#unlisten = () => {
      for (const one of off) one();
    };
  }

  members(): readonly Member[] {
    const nodes = this.#machine.state.tables.node.all();
    const known = nodes.filter(({ peerId }) => peerId !== '');
    const listed: readonly Member[] =
      known.length === 0
        ? this.#welcomed
        : known
            .filter(({ state }) => state !== 'retired')
            .map(({ id, peerId, meshAddresses }) => ({ nodeId: id, peerId, addresses: meshAddresses }));
    const self = this.#self;
    const isKnown = self === null || nodes.some(({ id, peerId }) => id === self.nodeId && peerId !== '');
    return isKnown || self === null ? listed : [...listed.filter((one) => one.nodeId !== self.nodeId), self];
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Says who this node is, until the log does. */
  introduce(self: Member): void {
    this.#self = self;
    this.#tell();
  }

  /** Takes what the welcome said, until the log is here. */
  welcome(members: readonly Member[]): void {
    this.#welcomed = members;
    this.#tell();
  }

  close(): void {
    this.#unlisten();
    this.#listeners.clear();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
