/** Every VM that one may see: search, states, pages. Built for ten thousand rows: a page costs the page. */
import { html } from 'hono/html';
import { isUlid, listVms, type Vm, type VmState, vmState } from '../../state/index.ts';
import { Empty, Field, Head, LinkButton, Pager, Select } from '../components/bits.tsx';
import { isKnownKey } from '../components/done.ts';
import { Filters } from '../components/forms.tsx';
import { Page } from '../components/page.tsx';
import { Table } from '../components/table.tsx';
import { type View, viewOf } from '../components/view.ts';
import { toneOf } from '../components/vm-words.ts';
import type { WebContext } from '../env.ts';
import { needTeacherRole } from './need.ts';
import { show } from './show.ts';

/** A screen or two of rows: more would be scrolled past, and drawn for nothing. */
const ROWS = 25;

export async function allLabs(c: WebContext): Promise<Response> {
  needTeacherRole(c);
  const v = viewOf(c);
  const asked = c.req.query('state') ?? '';
  const state = isKnownKey(v.t.vmShort, asked) ? asked : undefined;
  const text = (c.req.query('q') ?? '').slice(0, 63);
  const after = c.req.query('after') ?? '';
  const page = listVms(
    v.state,
    v.actor,
    { state, text: text || undefined },
    {
      limit: ROWS,
      after: isUlid(after) ? after : undefined,
    },
  );
  return show(c, <AllLabs v={v} page={page} text={text} state={state} first={!isUlid(after)} />);
}

function AllLabs(props: {
  v: View;
  page: { items: readonly Vm[]; next: string | null; total: number };
  text: string;
  state: VmState | undefined;
  first: boolean;
}) {
  const { v, page, text, state, first } = props;
  const words = v.t.labs;
  const states = Object.entries(v.t.vmShort);
  return (
    <Page v={v} title={words.allTitle} topics={['vms']}>
      <Head title={words.allTitle} lead={words.allLead(v.f.number(page.total))} />
      <Filters action="/labs/all" button={v.t.words.search}>
        <Field name="q" label={words.find} type="search" value={text} maxlength={63} />
        <Select
          name="state"
          label={v.t.words.state}
          value={state ?? ''}
          options={[['', words.anyState], ...states.map(([value, name]) => [value, name] as const)]}
        />
      </Filters>
      {page.items.length === 0 ? (
        <Empty icon="search" title={words.nothing} text={words.emptyTeacher}>
          {text || state ? (
            <LinkButton href="/labs/all" icon="all">
              {words.clear}
            </LinkButton>
          ) : null}
        </Empty>
      ) : (
        <Table
          heads={[
            v.t.words.name,
            v.t.words.state,
            words.owner,
            words.image,
            words.size,
            words.where,
            words.since,
          ]}
        >
          {page.items.map((vm) => row(v, vm))}
        </Table>
      )}
      <Pager v={v} total={page.total} next={page.next} first={first} />
    </Page>
  );
}

interface Drawn {
  /** What the row was drawn from. Entities are replaced and never changed, so the same ones give the same row. */
  readonly from: readonly unknown[];
  readonly row: ReturnType<typeof html>;
}
const drawn = new WeakMap<Vm, Drawn>();

/** Rows are nearly all of what this page costs, and most of them are as they were when it was last drawn. */
function row(v: View, vm: Vm) {
  const { user, image, size, node } = v.state.tables;
  const owner = user.get(vm.ownerId);
  const from = image.get(vm.imageId);
  const large = size.get(vm.sizeId);
  const where = node.get(vm.placement?.nodeId ?? vm.homeNodeId ?? '');
  const { since } = vm.observed;
  const time = v.f.time(since); // "10:04" turns into "Mon 10:04" overnight
  const parts = [v.t, owner, from, large, where, time];
  const known = drawn.get(vm);
  if (known?.from.every((part, n) => part === parts[n])) return known.row;
  const words = v.t.labs;
  const made = html`<tr id="row-${vm.id}">
    <td><a href="/vms/${vm.id}">${vm.name}</a></td>
    <td data-label="${v.t.words.state}"><span class="state"><i class="dot ${toneOf(vm)}"></i><span>${v.t.vmShort[vmState(vm)]}</span></span></td>
    <td data-label="${words.owner}">${owner?.name ?? v.t.words.gone}</td>
    <td data-label="${words.image}">${from?.name ?? v.t.words.gone}</td>
    <td data-label="${words.size}">${large?.name ?? v.f.mib(vm.ramMiB)}</td>
    <td data-label="${words.where}">${where?.name ?? '–'}</td>
    <td data-label="${words.since}" class="nowrap"><time datetime="${new Date(since).toISOString()}">${time}</time></td>
  </tr>`;
  drawn.set(vm, { from: parts, row: made });
  return made;
}
