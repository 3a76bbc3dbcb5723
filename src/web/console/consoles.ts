/** The open consoles of this process: bounded, and closed when whoever looks may look no more. */
import type { ConsoleStream, NodeServices } from '../../node/interface.ts';
import { type Change, mayUseVm } from '../../state/index.ts';
import { currentVisitor } from '../auth/visitor.ts';
import type { Visitor } from '../env.ts';
import { WebError } from '../errors.ts';
import type { CloseReason } from './codes.ts';
import { ConsoleProxy } from './proxy.ts';
import { ConsoleUse } from './use.ts';

/** Each may queue a few MB; a PC runs some tens of VMs, a teacher watches a class. */
const MAX_CONSOLES = 200;
/** Windows on one VM: the owner's few, a teacher's, a projector's. */
const PER_VM = 8;
/** Sessions end by time as well, which no change of the state tells. */
const CHECK_MS = 15_000;
/** Kinds of changes after which somebody may have lost a right. */
const RIGHTS: ReadonlySet<Change['kind']> = new Set(['vm', 'session', 'user', 'course']);

interface Open {
  readonly visitor: Visitor;
  readonly vmId: string;
  readonly proxy: ConsoleProxy;
}

export class Consoles {
  readonly #node: NodeServices;
  readonly #open = new Set<Open>();

  constructor(node: NodeServices, stopping: AbortSignal) {
    this.#node = node;
    const unsubscribe = [
      node.onApplied(({ changes }) => {
        if (this.#open.size > 0 && changes.some((change) => RIGHTS.has(change.kind))) this.#check();
      }),
      node.onReplaced(() => this.#check()),
    ];
    const timer = setInterval(() => this.#check(), CHECK_MS);
    timer.unref(); // must not keep a process alive that has nothing else to do
    stopping.addEventListener(
      'abort',
      () => {
        clearInterval(timer);
        for (const end of unsubscribe) end();
        for (const one of [...this.#open]) one.proxy.end('nodeStopping');
      },
      { once: true },
    );
  }

  get size(): number {
    return this.#open.size;
  }

  /** What serves a WebSocket between this visitor and the VM's screen. @throws WebError `web.busy`; the screen is closed then */
  connect(visitor: Visitor, vmId: string, screen: ConsoleStream, viewOnly: boolean): ConsoleProxy {
    const ofVm = [...this.#open].filter((one) => one.vmId === vmId).length;
    const limit = ofVm >= PER_VM ? PER_VM : MAX_CONSOLES;
    if (ofVm >= PER_VM || this.#open.size >= MAX_CONSOLES) {
      screen.end();
      throw new WebError('web.busy', { what: 'consoles', limit });
    }
    const use = viewOnly ? null : new ConsoleUse(this.#node, vmId);
    const proxy = new ConsoleProxy({ screen, viewOnly, use, onEnd: () => this.#open.delete(one) });
    const one: Open = { visitor, vmId, proxy };
    this.#open.add(one);
    return proxy;
  }

  #check(): void {
    for (const one of [...this.#open]) {
      const reason = this.#lost(one);
      if (reason !== null) one.proxy.end(reason);
    }
  }

  #lost({ visitor, vmId }: Open): CloseReason | null {
    const now = currentVisitor(this.#node, visitor);
    if (now.kind === 'anonymous') return 'signedOut';
    const vm = this.#node.state.tables.vm.get(vmId);
    if (!vm) return 'vmDeleted';
    const actor = now.kind === 'person' ? now.user : null;
    return mayUseVm(this.#node.state, actor, vm) ? null : 'forbidden';
  }
}
