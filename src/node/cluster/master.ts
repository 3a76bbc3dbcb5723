/** What only the master does for the mesh: keeps the list of voters and what is known of who answers. Looks each second and at changes. */
import { ElectionError, type MeshedAgreement } from '../../election/index.ts';
import type { FailureDetector, Health } from '../../gossip/index.ts';
import {
  type CloudMachine,
  LabmeshError,
  type Logger,
  type Node,
  type Outcome,
  setting,
} from '../../state/index.ts';
import type { Submit } from '../door.ts';
import { SingleFlight } from '../single-flight.ts';
import { nextRole } from './roles.ts';

const TICK_MS = 1_000;
/** A change is one agreed write; a newcomer's copy may have to catch up first, then the next look tries again. */
const CHANGE_TIMEOUT_MS = 5_000;

export interface MasterParts {
  readonly nodeId: string;
  readonly machine: CloudMachine;
  readonly agreement: MeshedAgreement<Outcome>;
  readonly detector: Pick<FailureDetector, 'health' | 'onChange'>;
  readonly submit: Submit;
  readonly logger: Logger;
}

export class MasterLoop {
  readonly #parts: MasterParts;
  readonly #flight: SingleFlight;
  readonly #undo: (() => void)[] = [];

  constructor(parts: MasterParts) {
    this.#parts = parts;
    this.#flight = new SingleFlight(
      () => this.#look(),
      (_key, error) => parts.logger.warn('the master’s look at the PCs failed', { error: String(error) }),
    );
  }

  start(): void {
    const { machine, agreement, detector } = this.#parts;
    const poke = () => this.#flight.poke('look');
    const timer = setInterval(poke, TICK_MS);
    this.#undo.push(
      () => clearInterval(timer),
      machine.onApplied(({ changes }) => {
        if (changes.some((change) => change.kind === 'node')) poke();
      }),
      agreement.onChange(poke),
      detector.onChange(poke),
    );
    poke();
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    await this.#flight.stop();
  }

  async #look(): Promise<void> {
    const { agreement, machine } = this.#parts;
    if (agreement.status().role !== 'leader') return;
    agreement.replaceSilentAfter(setting(machine.state, 'election.voter_silence') * 1_000);
    await this.#reach();
    await this.#roles();
  }

  /** Writes down who answers and who does not, when that changed. */
  async #reach(): Promise<void> {
    const { nodeId, machine, submit, logger, detector } = this.#parts;
    for (const node of machine.state.tables.node.all()) {
      if (node.state === 'retired' || node.peerId === '') continue;
      const health = node.id === nodeId ? 'alive' : detector.health(node.id);
      const state = reachOf(node, health);
      if (state === node.reach.state) continue;
      const author = { kind: 'scheduler', nodeId } as const;
      await submit('node.reach', { id: node.id, state }, author).catch((error: unknown) =>
        logger.info('who answers was not written down', { node: node.id, error: String(error) }),
      );
    }
  }

  async #roles(): Promise<void> {
    const { nodeId, machine, agreement, logger } = this.#parts;
    const { voters, learners = [], standbys = [] } = agreement.status();
    const step = nextRole(machine.state.tables.node.all(), { voters, learners, standbys }, nodeId);
    if (step === null) return;
    try {
      const timeoutMs = CHANGE_TIMEOUT_MS;
      if (step.op === 'transfer') await agreement.transfer(step.nodeId, { timeoutMs });
      else await agreement.changeMembers(step, { timeoutMs });
      logger.info('the members of the log changed', { ...step });
      this.#flight.poke('look');
    } catch (error) {
      // Not yet in step, or another change under way: the next look tries again.
      const code = error instanceof LabmeshError ? error.code : String(error);
      const reason = error instanceof ElectionError ? error.data : {};
      logger.debug('the members of the log were not changed', { ...step, code, reason });
    }
  }
}

/** What the log should say of a node: a suspicion is no fact, a death is one. That a long one is a loss, the scheduler says. Pure. */
function reachOf(node: Node, health: Health | undefined): Node['reach']['state'] {
  if (health === 'alive') return 'up';
  return health === 'dead' && node.reach.state === 'up' ? 'unreachable' : node.reach.state;
}
