/** Every VM that one may see: search, states, pages. Built for ten thousand rows: a page costs the page. */
import { isUlid, listVms, type Vm, type VmState, vmState } from '../../state/index.ts';
import { Empty, Head, LinkButton, Pager, Select, Time } from '../components/bits.tsx';
import { isKnownKey } from '../components/done.ts';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { toneOf } from '../components/vm-words.ts';
import type { WebContext } from '../env.ts';
import { needTeacherRole } from './need.ts';
import { show } from './show.ts';

const ROWS = 50;

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
      <search>
        <form class="filters" method="get" action="/labs/all">
          <div class="field">
            <label for="q">{words.find}</label>
            <input class="input" id="q" name="q" type="search" value={text} maxlength={63} />
          </div>
          <Select
            name="state"
            label={v.t.words.state}
            value={state ?? ''}
            options={[['', words.anyState], ...states.map(([value, name]) => [value, name] as const)]}
          />
          <button class="button" type="submit">
            {v.t.words.search}
          </button>
        </form>
      </search>
      {page.items.length === 0 ? (
        <Empty icon="search" title={words.nothing} text={words.emptyTeacher}>
          {text || state ? (
            <LinkButton href="/labs/all" icon="all">
              {words.clear}
            </LinkButton>
          ) : null}
        </Empty>
      ) : (
        <div class="card">
          <table class="table cards">
            <thead>
              <tr>
                <th>{v.t.words.name}</th>
                <th>{v.t.words.state}</th>
                <th>{words.owner}</th>
                <th>{words.image}</th>
                <th>{words.size}</th>
                <th>{words.where}</th>
                <th>{words.since}</th>
              </tr>
            </thead>
            <tbody>
              {page.items.map((vm) => (
                <Row v={v} vm={vm} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Pager v={v} total={page.total} next={page.next} first={first} />
    </Page>
  );
}

function Row({ v, vm }: { v: View; vm: Vm }) {
  const { user, image, size, node } = v.state.tables;
  const where = node.get(vm.placement?.nodeId ?? vm.homeNodeId ?? '')?.name;
  const words = v.t.labs;
  return (
    <tr id={`row-${vm.id}`}>
      <td>
        <a href={`/vms/${vm.id}`}>{vm.name}</a>
      </td>
      <td data-label={v.t.words.state}>
        <span class="state">
          <i class={`dot ${toneOf(vm)}`} />
          <span>{v.t.vmShort[vmState(vm)]}</span>
        </span>
      </td>
      <td data-label={words.owner}>{user.get(vm.ownerId)?.name ?? v.t.words.gone}</td>
      <td data-label={words.image}>{image.get(vm.imageId)?.name ?? v.t.words.gone}</td>
      <td data-label={words.size}>{size.get(vm.sizeId)?.name ?? v.f.mib(vm.ramMiB)}</td>
      <td data-label={words.where}>{where ?? '–'}</td>
      <td data-label={words.since} class="nowrap">
        <Time v={v} at={vm.observed.since} />
      </td>
    </tr>
  );
}
