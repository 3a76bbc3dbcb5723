/** What the agent tells the log of its VMs. */
import type { Author, NodeProblem, Vm, VmActual } from '../../state/index.ts';
import type { VmAgentParts } from './parts.ts';

export class Reports {
  readonly #parts: Pick<VmAgentParts, 'submit' | 'logger'>;
  readonly #author: Author;

  constructor(parts: Pick<VmAgentParts, 'nodeId' | 'submit' | 'logger'>) {
    this.#parts = parts;
    this.#author = { kind: 'node', nodeId: parts.nodeId };
  }

  /** Tells the log; false when it does not believe us (a newer epoch) or cannot be told now. */
  async observe(
    vm: Vm,
    state: VmActual,
    cause: NodeProblem | null,
    restartSeq = vm.observed.restartSeq,
    ip = state === 'running' ? vm.observed.ip : null,
  ): Promise<boolean> {
    const epoch = vm.placement?.epoch ?? vm.epoch;
    const seq = state === 'starting' ? vm.restart.seq : Math.max(restartSeq, vm.observed.restartSeq);
    const report = { id: vm.id, epoch, state, cause, ip, restartSeq: seq };
    try {
      await this.#parts.submit('vm.observe', report, this.#author);
      return true;
    } catch (error) {
      this.#parts.logger.info('a report was not taken', { vm: vm.id, state, error: String(error) });
      return false;
    }
  }

  /** Tells the log why a running VM does not go on, unless it knows. */
  async say(vm: Vm, cause: NodeProblem): Promise<void> {
    const isKnown = vm.observed.state === 'running' && Bun.deepEquals(vm.observed.cause, cause);
    // One that is to stop is stopping, whatever it waits for.
    if (vm.desired !== 'running' || isKnown) return;
    await this.observe(vm, 'running', cause);
  }
}
