/** Keeps the log's entry of this PC true: registers at start and whenever a fact changes. */
import type { Author, CloudMachine, Logger, Node, Payload } from '../../state/index.ts';
import type { Submit } from '../door.ts';
import { SingleFlight } from '../single-flight.ts';

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

  constructor(parts: RegistrationParts) {
    this.#parts = parts;
    this.#flight = new SingleFlight(
      () => this.#register(),
      (_key, error) => parts.logger.warn('this PC could not be registered', { error: String(error) }),
    );
  }

  /**
   * Registers a PC that the log does not know yet. A known one waits until libvirt has spoken, so that a restart of the
   * node is not told as a loss of its host. @throws LabmeshError when the log refuses
   */
  async introduce(): Promise<void> {
    if (!this.#parts.machine.state.tables.node.get(this.#parts.nodeId)) await this.#register();
  }

  /** A fact may have changed: looks soon. */
  refresh(): void {
    this.#flight.poke('register');
  }

  async stop(): Promise<void> {
    await this.#flight.stop();
  }

  async #register(): Promise<void> {
    const { nodeId, machine, submit, facts } = this.#parts;
    const known = machine.state.tables.node.get(nodeId);
    const current = { ...(await facts()), name: known?.name ?? this.#freeName() };
    if (known && !differs(known, current)) return;
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

function differs(known: Node, facts: Payload<'node.register'>): boolean {
  const { name, address, version, capacity, accel, hostProblem } = known;
  return (
    JSON.stringify({ name, address, version, capacity, accel, hostProblem }) !==
    JSON.stringify(ordered(facts))
  );
}

function ordered({ name, address, version, capacity, accel, hostProblem }: Payload<'node.register'>) {
  return { name, address, version, capacity, accel, hostProblem };
}
