/** An operation as a row: what, on what, by whom, how far, or why not. */
import type { Operation } from '../../state/index.ts';
import { describe } from '../../texts/index.ts';
import { Time } from './bits.tsx';
import { isKnownKey } from './done.ts';
import type { View } from './view.ts';

const TONES = { running: 'busy', done: 'good', failed: 'bad', cancelled: '' } as const;

/** @param short on the page of its target, which need not be named again */
export function OperationRow({ v, operation, short }: { v: View; operation: Operation; short?: boolean }) {
  const words = v.t.operations;
  const error =
    operation.error === null ? null : describe(operation.error.code, operation.error.data, v.lang);
  return (
    <li id={`op-${operation.id}`}>
      <div class="stack close">
        <span class="state">
          <i class={`dot ${TONES[operation.state]}`} />
          <span>
            <strong>{kindWords(v, operation)}</strong>
            {short ? null : (
              <>
                {' '}
                <Target v={v} operation={operation} />
              </>
            )}{' '}
            <span class="soft">{words.states[operation.state]}</span>
          </span>
        </span>
        {error === null || operation.state === 'done' ? null : (
          <p class="small">
            {error.message} <span class="soft">{error.hint}</span>
          </p>
        )}
        <OperationProgress v={v} operation={operation} />
      </div>
      <div class="small soft num">
        {short ? null : `${authorName(v, operation.author)} · `}
        <Time v={v} at={operation.startedAt} />
        {operation.endedAt === null ? '' : ` · ${v.f.duration(operation.endedAt - operation.startedAt)}`}
      </div>
    </li>
  );
}

export function kindWords(v: View, operation: Operation): string {
  return isKnownKey(v.t.operations.kinds, operation.kind)
    ? v.t.operations.kinds[operation.kind]
    : operation.kind;
}

function Target({ v, operation }: { v: View; operation: Operation }) {
  const { kind, id, name } = operation.target;
  if (kind === 'vm' && v.state.tables.vm.get(id)) return <a href={`/vms/${id}`}>{name}</a>;
  const hasPage = v.state.tables.image.get(id) !== undefined || isUnmade(operation);
  if (kind === 'image' && hasPage && v.role !== 'student') return <a href={`/images/${id}`}>{name}</a>;
  return <span>{name}</span>;
}

/** True for what should have made an image and did not: its page tells why, and how to try again. */
export function isUnmade({ kind, state }: Operation): boolean {
  const makes = kind === 'image.import' || kind === 'image.publish';
  return makes && (state === 'failed' || state === 'cancelled');
}

/** Done, rate and time left of work under way. */
export function OperationProgress({ v, operation }: { v: View; operation: Operation }) {
  if (operation.state !== 'running') return null;
  const progress = v.node.progress(operation.id);
  if (progress === null) return <Underway v={v} words="" />;
  const amount = (n: number) => (progress.unit === 'bytes' ? v.f.bytes(n) : v.f.number(n, 0));
  // A server need not say how large its file is; then only what has come can be told.
  if (progress.total === 0)
    return <Underway v={v} words={progress.done === 0 ? '' : v.t.operations.soFar(amount(progress.done))} />;
  const parts = [v.t.operations.doneOf(amount(progress.done), amount(progress.total))];
  if (progress.rate !== null) parts.push(v.t.operations.rate(amount(progress.rate)));
  if (progress.etaMs !== null) parts.push(v.t.vmState.eta(v.f.duration(progress.etaMs)));
  const words = parts.join(', ');
  return (
    <div class="meter">
      <progress
        max="100"
        value={String(Math.round((progress.done / progress.total) * 100))}
        aria-label={words}
      />
      <span class="soft num">{words}</span>
    </div>
  );
}

function Underway({ v, words }: { v: View; words: string }) {
  return (
    <div class="meter">
      <progress aria-label={words || v.t.operations.underway} />
      {words === '' ? null : <span class="soft num">{words}</span>}
    </div>
  );
}

/** Whose name stands under an id: a person, a PC, or somebody who is gone. */
export function authorName(v: View, id: string): string {
  const { user, node } = v.state.tables;
  return user.get(id)?.fullName ?? node.get(id)?.name ?? v.t.words.gone;
}
