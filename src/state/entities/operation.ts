import type { NodeProblem } from './node.ts';

/** What an entity is called, kept beside its id so that a list can name things that are gone. */
export interface Ref {
  readonly kind:
    | 'vm'
    | 'image'
    | 'user'
    | 'course'
    | 'node'
    | 'setting'
    | 'size'
    | 'session'
    | 'cloud'
    | 'token'
    | 'reservation';
  readonly id: string;
  readonly name: string;
}

export type OperationKind =
  | 'vm.start'
  | 'vm.stop'
  | 'vm.reboot'
  | 'vm.suspend'
  | 'vm.resume'
  | 'vm.remove'
  | 'vm.save'
  | 'image.import'
  | 'image.deploy'
  | 'image.publish'
  | 'image.remove';

/** Work that takes a while. Its progress is gossiped, not logged; its end is logged. Its id is the command's. */
export interface Operation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly target: Ref;
  /** User id, or the author's kind where no person asked. */
  readonly author: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  readonly error: NodeProblem | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** When it is given up as failed. */
  readonly deadlineAt: number;
}

/** A message to one person, kept until read. */
export interface Notification {
  readonly id: string;
  readonly userId: string;
  /** A code of `texts/`. */
  readonly code: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly at: number;
  readonly readAt: number | null;
}

/** Who did what from where, and how it ended. Its id is the command's. */
export interface AuditEntry {
  readonly id: string;
  readonly at: number;
  readonly author: { readonly kind: string; readonly id: string; readonly name: string };
  /** The network address the person came from, or the door (`control`). */
  readonly from: string;
  readonly action: string;
  readonly target: Ref | null;
  /** `ok`, or the refusal's code. */
  readonly outcome: string;
}
