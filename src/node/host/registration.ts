/** Keeps the log's entry of this PC true: registers at start and whenever a fact changes. */
import {
  type Author,
  type CloudMachine,
  LabmeshError,
  type Logger,
  type Node,
  type Payload,
} from '../../state/index.ts';
import type { Submit } from '../door.ts';
import { SingleFlight } from '../single-flight.ts';

/** Without a master nobody can write; the next one is a second away, or a person's repair. */
const AGAIN_MS = 2_000;

export interface RegistrationParts {
  readonly nodeId: string;
  readonly machine: CloudMachine;
  readonly submit: Submit;
  /** What is true now. */
  readonly facts: () => Promise<Omit<Payload<'node.register'>, 'name'>>;
  /** What the PC wants to be called. */
  readonly name: string;
  readonly logger: Logger;
}

export class Registration {
  readonly #parts: RegistrationParts;
  readonly #flight: SingleFlight;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
    this.#flight = new SingleFlight(
      () => this.#register(),
      (_key, error) => this.#later(error),
    );
  }

  /**
   * Registers a PC that the log does not know yet. A known one waits until libvirt has spoken, so that a restart of the
   * node is not told as a loss of its host. One that was let in and cut off before it could say anything goes on trying, and serves
   * its page meanwhile. @throws LabmeshError when the log refuses
   */
  async introduce(): Promise<void> {
    const known = this.#parts.machine.state.tables.node.get(this.#parts.nodeId);
    if (known && known.state !== 'joining') return;
    await this.#register().catch((error: unknown) => {
      if (known === undefined || !isPassing(error)) throw error;
      this.#later(error);
    });
  }

  /** A fact may have changed: looks soon. */
  refresh(): void {
    this.#flight.poke('register');
  }

  async stop(): Promise<void> {
    clearTimeout(this.#again);
    await this.#flight.stop();
  }

  #later(error: unknown): void {
    this.#parts.logger.info('this PC could not be registered yet', { error: String(error) });
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.refresh(), AGAIN_MS);
  }

  async #register(): Promise<void> {
    const { nodeId, machine, submit, facts } = this.#parts;
    const known = machine.state.tables.node.get(nodeId);
    const current = { ...(await facts()), name: known?.name ?? this.#freeName() };
    const isNews = !known || known.state === 'joining' || said(known) !== said(current);
    if (!isNews || known?.state === 'retired') return;
    const author: Author = { kind: 'node', nodeId };
    await submit('node.register', current, author);
  }

  /** Two PCs of the same host name are told apart by a number. */
  #freeName(): string {
    const { machine, name } = this.#parts;
    const taken = (candidate: string) =>
      machine.state.tables.node.one('name', candidate.toLowerCase()) !== undefined;
    if (!taken(name)) return name;
    for (let n = 2; ; n++) if (!taken(`${name}-${n}`)) return `${name}-${n}`; // ends: nodes are finite
  }
}

/** Nobody decided; a refusal would be a decision. */
const isPassing = (error: unknown): boolean => error instanceof LabmeshError && error.code.startsWith('log.');

type Said = keyof Payload<'node.register'> & keyof Node;

/** The facts of a node that it says itself, in one order, so that they can be compared. */
function said(facts: { readonly [Key in Said]?: unknown }): string {
  const { name, address, version, capacity, accel, hostProblem, peerId, meshAddresses, protocol } = facts;
  return JSON.stringify([
    name,
    address,
    version,
    capacity,
    accel,
    hostProblem,
    peerId,
    meshAddresses,
    protocol,
  ]);
}
