/** Beginning and ending operations inside reducers. */
import type { Context } from './context.ts';
import type { NodeProblem, Operation, OperationKind, Ref } from './entities/index.ts';
import { setting } from './settings.ts';

/** Work on an image that goes on side by side. */
const SIDE_BY_SIDE: readonly OperationKind[] = ['image.deploy', 'image.publish'];

function goesBeside(one: OperationKind, other: OperationKind): boolean {
  return one !== other && SIDE_BY_SIDE.includes(one) && SIDE_BY_SIDE.includes(other);
}

/** Begins an operation, the command's own unless it is given an id; older running ones on the same target give way to it. */
export function beginOperation(
  context: Context,
  kind: OperationKind,
  target: Ref,
  limitMs: number,
  id = context.id,
): string {
  for (const other of runningOn(context, target.id)) {
    if (goesBeside(kind, other.kind)) continue;
    endOperation(context, other, 'cancelled', { code: 'operation.superseded', data: { by: kind } });
  }
  context.put('operation', {
    id,
    kind,
    target,
    author: context.authorId,
    state: 'running',
    error: null,
    startedAt: context.now,
    endedAt: null,
    deadlineAt: context.now + limitMs,
  });
  forgetOld(context);
  return id;
}

/** Records an operation that was done at once. */
export function recordDone(context: Context, kind: OperationKind, target: Ref): string {
  const id = beginOperation(context, kind, target, 0);
  const operation = context.need('operation', id);
  endOperation(context, operation, 'done', null);
  return id;
}

export function endOperation(
  context: Context,
  operation: Operation,
  state: 'done' | 'failed' | 'cancelled',
  error: NodeProblem | null,
): void {
  context.put('operation', { ...operation, state, error, endedAt: context.now });
}

export function runningOn(context: Context, targetId: string): Operation[] {
  return context.state.tables.operation.by('target', targetId).filter((one) => one.state === 'running');
}

/** Keeps the newest operations up to the setting; running ones stay. */
function forgetOld(context: Context): void {
  const table = context.state.tables.operation;
  const excess = table.size - setting(context.state, 'history.operations');
  if (excess <= 0) return;
  const old = table.resolve(table.ids().slice(0, excess));
  for (const one of old) if (one.state !== 'running') context.remove('operation', one.id);
}
