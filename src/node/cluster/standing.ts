/**
 * Whether this PC still belongs to the cloud. A retired one is cut off at once, mostly before the log tells it; so whoever hears of no
 * master asks the members that it knows, at their bulk doors: their certificates say who answers, and its own, which outlives its
 * membership, lets it ask. What it is told stands until a master is heard of again, so a lie would be one for seconds.
 */
import * as z from 'zod';
import type { AgreementStatus } from '../../election/index.ts';
import { type CloudMachine, LabmeshError, type Logger } from '../../state/index.ts';
import type { Retirement } from '../interface.ts';
import { SingleFlight } from '../single-flight.ts';
import type { BulkDoor } from './bulk.ts';
import type { Propose } from './propose.ts';
import { retirementOf } from './retirement.ts';

/** One member is asked per look; an election is over sooner. */
const LOOK_EVERY_MS = 1_000;
const ANSWER_MS = 2_000;
const RETIRED = 'node.retired_here';

const retirementSchema = z.object({
  node: z.string().max(200),
  by: z.string().max(200),
  at: z.number().nonnegative(),
}) satisfies z.ZodType<Retirement>;
const refusalSchema = z.object({ code: z.literal(RETIRED), data: retirementSchema });

export interface StandingParts {
  readonly nodeId: string;
  readonly machine: Pick<CloudMachine, 'state'>;
  readonly agreement: {
    status(): Pick<AgreementStatus, 'master'>;
    onChange(listener: () => void): () => void;
  };
  readonly bulk: Pick<BulkDoor, 'request'>;
  readonly logger: Logger;
  /** The answer to `retirement` is another one. */
  readonly onChange: () => void;
}

export class Standing {
  readonly #parts: StandingParts;
  readonly #flight: SingleFlight;
  readonly #undo: (() => void)[] = [];
  #told: Retirement | null = null;
  #next = 0;

  constructor(parts: StandingParts) {
    this.#parts = parts;
    this.#flight = new SingleFlight(
      () => this.#look(),
      (_key, error) => parts.logger.debug('the question of membership failed', { error: String(error) }),
    );
  }

  start(): void {
    const { agreement } = this.#parts;
    const poke = () => this.#flight.poke('look');
    const timer = setInterval(poke, LOOK_EVERY_MS);
    this.#undo.push(() => clearInterval(timer), agreement.onChange(poke));
  }

  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    await this.#flight.stop();
  }

  retirement(): Retirement | null {
    const { machine, nodeId } = this.#parts;
    return retirementOf(machine.state, nodeId) ?? this.#told;
  }

  async #look(): Promise<void> {
    const { agreement, logger } = this.#parts;
    if (agreement.status().master !== null) return this.#believe(null);
    if (this.retirement() !== null) return;
    const told = await this.#askNext();
    if (told === null || agreement.status().master !== null) return;
    logger.warn('this PC was retired', { ...told });
    this.#believe(told);
  }

  #believe(told: Retirement | null): void {
    if (told === this.#told) return;
    this.#told = told;
    this.#parts.onChange();
  }

  async #askNext(): Promise<Retirement | null> {
    const { machine, nodeId, bulk } = this.#parts;
    const members = machine.state.tables.node
      .all()
      .filter((one) => one.id !== nodeId && one.state !== 'retired');
    const asked = members[this.#next++ % Math.max(1, members.length)];
    if (asked === undefined) return null;
    try {
      const answer = await bulk.request(asked.id, '/standing', { timeoutMs: ANSWER_MS });
      await answer.body?.cancel();
      return null;
    } catch (error) {
      const refusal = error instanceof LabmeshError ? refusalSchema.safeParse(error.data).data : undefined;
      return refusal?.data ?? null; // most of all: it does not answer
    }
  }
}

/** What members' bulk doors tell a key that is no member's. */
export function whyNot({ state }: Pick<CloudMachine, 'state'>, peerId: string): LabmeshError | null {
  const node = state.tables.node.all().findLast((one) => one.peerId === peerId);
  const retirement = node === undefined ? null : retirementOf(state, node.id);
  return retirement === null ? null : new LabmeshError(RETIRED, { ...retirement });
}

/** The same way to the log, closed with the reason once this PC is retired. */
export function whileMember(propose: Propose, retirement: () => Retirement | null): Propose {
  return (command, options) => {
    const retired = retirement();
    if (retired !== null) throw new LabmeshError(RETIRED, { ...retired });
    return propose(command, options);
  };
}
