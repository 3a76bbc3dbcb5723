/** What other settings would do to the present queue: who starts, who is suspended, who moves. */
import type { DryRun, QueueEntry } from '../../scheduler/index.ts';
import type { SettingKey } from '../../state/index.ts';
import { Table } from '../components/table.tsx';
import type { View } from '../components/view.ts';

/** Rows that are shown; beyond, the sums say enough. */
const MOST_SHOWN = 25;

export function DryRunResult(props: { v: View; result: DryRun; changed: readonly SettingKey[] }) {
  const { v, result, changed } = props;
  const words = v.t.plan.trial;
  const moved = movesOf(result);
  return (
    <section class="card plain" id="dry-run" aria-live="polite" tabindex={-1}>
      <div class="card-head">
        <h2>{words.result}</h2>
        {changed.length === 0 ? null : (
          <span class="small soft">
            {words.changedKeys(v.f.list(changed.map((key) => v.t.settings.keys[key].name)))}
          </span>
        )}
      </div>
      <p class="card-foot">{summary(v, result, moved, changed.length)}</p>
      {moved.length + result.preempts.length === 0 ? null : (
        <Table heads={[words.lab, words.person, words.now, words.after]}>
          {moved.slice(0, MOST_SHOWN).map((move) => (
            <Row v={v} vmId={move.vmId} now={placeWords(v, move.from)} after={afterWords(v, move)} />
          ))}
          {result.preempts.slice(0, MOST_SHOWN).map((vmId) => (
            <Row v={v} vmId={vmId} now={v.t.vmShort.running} after={words.suspended} />
          ))}
        </Table>
      )}
      {moved.length > MOST_SHOWN ? (
        <p class="card-foot soft">{words.more(moved.length - MOST_SHOWN)}</p>
      ) : null}
    </section>
  );
}

interface Move {
  readonly vmId: string;
  readonly from: number | null;
  readonly to: number | null;
  /** The PC on which it would start at once. */
  readonly nodeId: string | null;
}

/** Requests whose lot would change, those that start first. */
function movesOf({ before, after, starts }: DryRun): Move[] {
  const placeOf = (entries: readonly QueueEntry[]) =>
    new Map(entries.map((entry) => [entry.vmId, entry.position]));
  const [from, to] = [placeOf(before), placeOf(after)];
  const nodes = new Map(starts.map(({ vmId, nodeId }) => [vmId, nodeId]));
  return [...new Set([...nodes.keys(), ...from.keys(), ...to.keys()])]
    .map((vmId) => ({
      vmId,
      from: from.get(vmId) ?? null,
      to: to.get(vmId) ?? null,
      nodeId: nodes.get(vmId) ?? null,
    }))
    .filter((move) => move.nodeId !== null || move.from !== move.to);
}

function summary(v: View, { before, preempts }: DryRun, moved: readonly Move[], changed: number): string {
  const words = v.t.plan.trial;
  if (changed === 0) return words.unchanged;
  if (before.length === 0) return words.nothingWaits;
  const starts = moved.filter(({ nodeId }) => nodeId !== null).length;
  const stay = moved.filter((move) => move.nodeId === null);
  const forward = stay.filter(({ from, to }) => (to ?? 0) < (from ?? 0)).length;
  const back = stay.length - forward;
  const said = [
    starts > 0 ? words.starts(starts) : null,
    preempts.length > 0 ? words.preempts(preempts.length) : null,
    forward > 0 || back > 0 ? `${words.forward(forward)}, ${words.back(back)}.` : null,
  ].filter((one) => one !== null);
  return said.length === 0 ? words.nothing : said.join(' ');
}

function placeWords(v: View, position: number | null): string {
  return position === null ? v.t.plan.trial.out : v.t.plan.queued.number(position);
}

function afterWords(v: View, { to, nodeId }: Move): string {
  if (nodeId === null) return placeWords(v, to);
  return v.t.plan.trial.onPc(v.state.tables.node.get(nodeId)?.name ?? v.t.words.unknown);
}

function Row({ v, vmId, now, after }: { v: View; vmId: string; now: string; after: string }) {
  const words = v.t.plan.trial;
  const vm = v.state.tables.vm.get(vmId);
  return (
    <tr>
      <td>{vm === undefined ? v.t.words.gone : <a href={`/vms/${vm.id}`}>{vm.name}</a>}</td>
      <td data-label={words.person}>{v.state.tables.user.get(vm?.ownerId ?? '')?.fullName ?? ''}</td>
      <td data-label={words.now}>{now}</td>
      <td data-label={words.after}>{after}</td>
    </tr>
  );
}
