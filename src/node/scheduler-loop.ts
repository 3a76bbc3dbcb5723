/** The master's passes: plans after each change that matters and once a second, and proposes each step. */
import { batched, type Loads, plan } from '../scheduler/index.ts';
import { type Applied, type CloudMachine, LabmeshError, type Logger } from '../state/index.ts';
import type { Submit } from './door.ts';
import { SingleFlight } from './single-flight.ts';

/** Leases and deadlines are in seconds and more. */
const TICK_MS = 1000;

export interface SchedulerParts {
  readonly machine: CloudMachine;
  readonly submit: Submit;
  readonly nodeId: string;
  readonly isMaster: () => boolean;
  readonly loads: () => Loads;
  readonly now: () => number;
  readonly logger: Logger;
}

export class SchedulerLoop {
  readonly #parts: SchedulerParts;
  readonly #flight: SingleFlight;
  #timer: ReturnType<typeof setInterval> | null = null;
  #unlisten: () => void = () => {};

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#flight = new SingleFlight(
      () => this.#pass(),
      (_key, error) => parts.logger.warn('scheduler pass failed', { error: String(error) }),
    );
  }

  start(): void {
    this.#unlisten = this.#parts.machine.onApplied((applied) => {
      if (concerns(applied)) this.#flight.poke('plan');
    });
    this.#timer = setInterval(() => this.#flight.poke('plan'), TICK_MS);
    this.#flight.poke('plan');
  }

  async stop(): Promise<void> {
    this.#unlisten();
    if (this.#timer) clearInterval(this.#timer);
    await this.#flight.stop();
  }

  async #pass(): Promise<void> {
    const { machine, submit, nodeId, isMaster, loads, now, logger } = this.#parts;
    if (!isMaster()) return;
    for (const step of batched(plan(machine.state, loads(), now()))) {
      await submit(step.type, step.payload, { kind: 'scheduler', nodeId }).catch((error: unknown) => {
        // Facts moved on between plan and log: the next pass sees them. Anything else is worth a line.
        const code = error instanceof LabmeshError ? error.code : 'internal';
        logger.info('the log refused a step', { step: step.type, code });
      });
    }
  }
}

/** What may free or ask for a place, and what moves copies of images. */
const CONCERNS: ReadonlySet<string> = new Set(['vm', 'node', 'setting', 'reservation', 'image', 'version']);

function concerns(applied: Applied): boolean {
  return applied.changes.some(({ kind }) => CONCERNS.has(kind));
}
