/** Who waits, in which order, why, and what becomes free next (admins). */
import { Hono } from 'hono';
import type { QueueEntry } from '../../scheduler/index.ts';
import type { Vm } from '../../state/index.ts';
import { Empty, Head, LinkButton, Time } from '../components/bits.tsx';
import { Claim, pointsWords } from '../components/claim.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { shortWords } from '../components/queue-words.ts';
import { Table } from '../components/table.tsx';
import { type View, viewOf } from '../components/view.ts';
import type { WebContext, WebEnv } from '../env.ts';
import { needAdminRole } from './need.ts';
import { show } from './show.ts';

/** As many as one looks through before searching otherwise. */
const ROWS = 50;
/** Labs that end next: the answer to "when does it move on?" is in the first few. */
const NEXT_ENDS = 8;

export function queuePages(): Hono<WebEnv> {
  return new Hono<WebEnv>().get('/', (c) => queuePage(c));
}

async function queuePage(c: WebContext): Promise<Response> {
  needAdminRole(c);
  const v = viewOf(c);
  const { entries } = v.node.queue();
  const asked = Number(c.req.query('from') ?? 0);
  const last = Math.max(0, Math.ceil(entries.length / ROWS) - 1) * ROWS;
  const from = Number.isInteger(asked) ? Math.min(Math.max(0, asked - (asked % ROWS)), last) : 0;
  return show(c, <Queue v={v} entries={entries} from={from} />);
}

function Queue({ v, entries, from }: { v: View; entries: readonly QueueEntry[]; from: number }) {
  const words = v.t.plan.queue;
  const shown = entries.slice(from, from + ROWS);
  return (
    <Page v={v} title={words.title} topics={['queue', 'vms', 'nodes']}>
      <Head title={words.title} lead={words.lead(entries.length)}>
        <LinkButton href="/settings/scheduler" icon="settings">
          {words.settings}
        </LinkButton>
      </Head>
      {entries.length === 0 ? (
        <Empty icon="queue" title={words.emptyTitle} text={words.emptyText} />
      ) : (
        <Table
          heads={[
            words.number,
            words.lab,
            words.asks,
            [words.claim],
            words.expected,
            words.short,
            v.t.words.actions,
          ]}
        >
          {shown.map((entry) => (
            <Row v={v} entry={entry} />
          ))}
        </Table>
      )}
      <Leaf v={v} from={from} all={entries.length} />
      <Frees v={v} />
    </Page>
  );
}

function Row({ v, entry }: { v: View; entry: QueueEntry }) {
  const words = v.t.plan.queue;
  const vm = v.state.tables.vm.get(entry.vmId);
  if (vm === undefined) return null;
  const { expectedStart, position } = entry;
  return (
    <tr id={`request-${vm.id}`}>
      <td class="num">{position}</td>
      <td data-label={words.lab} class="name">
        <a href={`/vms/${vm.id}`}>{vm.name}</a>
        <div class="small">{v.state.tables.user.get(vm.ownerId)?.fullName ?? v.t.words.gone}</div>
        <div class="small soft nowrap">
          {words.since} <Time v={v} at={vm.queuedAt} />
        </div>
      </td>
      <td data-label={words.asks}>{asksWords(v, vm)}</td>
      <td data-label={words.claim} class="end">
        <details class="more fold" id={`claim-${vm.id}`}>
          <summary class="num">
            {pointsWords(v, entry.priority.total)}
            <span class="vh"> {v.t.plan.why.claim}</span>
          </summary>
          <Claim v={v} priority={entry.priority} />
        </details>
      </td>
      <td data-label={words.expected} class="nowrap">
        {expectedStart === null ? (
          <span class="soft">{words.unknown}</span>
        ) : (
          <Time v={v} at={expectedStart} />
        )}
      </td>
      <td data-label={words.short}>{shortWords(v, entry) ?? v.t.plan.queued.moment}</td>
      <td data-label={v.t.words.actions}>
        <div class="row">
          <a class="button small" href={`/vms/${vm.id}/why`}>
            {v.t.plan.queued.why}
            <span class="vh"> {words.whyOf(vm.name)}</span>
          </a>
          <a class="button small" href={`/vms/${vm.id}/cancel?back=/queue`} data-ask>
            {v.t.words.cancel}
            <span class="vh">: {words.cancelOf(vm.name)}</span>
          </a>
        </div>
      </td>
    </tr>
  );
}

function asksWords(v: View, vm: Pick<Vm, 'vcpus' | 'ramMiB' | 'sizeId'>): string {
  const size = v.state.tables.size.get(vm.sizeId)?.name;
  const amounts = v.t.plan.queue.amounts(vm.vcpus, v.f.mib(vm.ramMiB));
  return size === undefined ? amounts : `${size}: ${amounts}`;
}

function Leaf({ v, from, all }: { v: View; from: number; all: number }) {
  const words = v.t.plan.queue;
  if (all <= ROWS) return null;
  return (
    <nav class="pager" aria-label={words.title}>
      <span class="small soft">{words.range(from + 1, Math.min(all, from + ROWS), all)}</span>
      <span class="row">
        {from === 0 ? null : (
          <a class="button small" href={`/queue?from=${from - ROWS}`}>
            <Icon name="back" />
            {words.previous}
          </a>
        )}
        {from + ROWS >= all ? null : (
          <a class="button small" href={`/queue?from=${from + ROWS}`}>
            {words.next}
            <Icon name="next" />
          </a>
        )}
      </span>
    </nav>
  );
}

/** The leases that end first. */
function Frees({ v }: { v: View }) {
  const words = v.t.plan.queue;
  const next = endingNext(v.state.tables.vm.by('state', 'running'));
  return (
    <section class="card plain" id="frees">
      <div class="card-head">
        <h2>{words.frees}</h2>
        <span class="small soft">{next.length === 0 ? words.freesNothing : words.freesLead}</span>
      </div>
      <ul class="list">
        {next.map((vm) => (
          <li>
            <div>
              <Time v={v} at={vm.leaseEndsAt} /> <a href={`/vms/${vm.id}`}>{vm.name}</a>
            </div>
            <span class="small soft">
              {words.freesLine(
                v.state.tables.node.get(vm.placement?.nodeId ?? '')?.name ?? '–',
                asksWords(v, vm),
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

type Ending = Vm & { leaseEndsAt: number };

/** The first few by end, in one pass: there may be ten thousand. */
function endingNext(running: readonly Vm[]): Ending[] {
  const first: Ending[] = [];
  for (const vm of running) {
    if (!hasEnd(vm)) continue;
    if (first.length === NEXT_ENDS && vm.leaseEndsAt >= (first.at(-1)?.leaseEndsAt ?? 0)) continue;
    const at = first.findIndex((one) => one.leaseEndsAt > vm.leaseEndsAt);
    first.splice(at === -1 ? first.length : at, 0, vm);
    first.length = Math.min(first.length, NEXT_ENDS);
  }
  return first;
}

function hasEnd(vm: Vm): vm is Ending {
  return vm.leaseEndsAt !== null;
}
