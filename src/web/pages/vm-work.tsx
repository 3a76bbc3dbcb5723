/** The saved work of a VM: where it is, since when, what of it is not saved, and what can be done when its PC is lost (V7, V9). */
import { Hono } from 'hono';
import { setting, type Vm, vmState } from '../../state/index.ts';
import { describe } from '../../texts/index.ts';
import { Csrf, PostButton, Refused } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { type RecoveredView, type VmWork, workOf } from '../work.ts';
import { needVm } from './need.ts';
import { attempt, goTo, show } from './show.ts';

const STATES_TO_SAVE = ['running', 'stopped', 'failed'];

/** @param again draws what was refused */
export function vmWorkPages(
  again: (c: WebContext, vm: Vm, problem: Problem) => Response | Promise<Response>,
): Hono<WebEnv> {
  const act = async (c: WebContext, type: 'vm.save' | 'vm.recover') => {
    const vm = needVm(c);
    const problem = await attempt(c, () => c.get('node').submit(type, { id: vm.id }, authorOf(c)));
    return problem === null ? goTo(c, `/vms/${vm.id}`) : again(c, vm, problem);
  };
  return new Hono<WebEnv>()
    .post('/:id/save', (c) => act(c, 'vm.save'))
    .post('/:id/recover', (c) => act(c, 'vm.recover'))
    .post('/:id/copies/:version/open', async (c) => {
      const vm = needVm(c);
      const node = c.get('node');
      const payload = { id: vm.id, versionId: c.req.param('version'), newId: node.newId() };
      const problem = await attempt(c, () => node.submit('vm.open_recovered', payload, authorOf(c)));
      return problem === null ? goTo(c, `/vms/${payload.newId}`) : again(c, vm, problem);
    })
    .get('/:id/copies/:version', (c) => askDrop(c, needVm(c), c.req.param('version'), null))
    .post('/:id/copies/:version', async (c) => {
      const vm = needVm(c);
      const versionId = c.req.param('version');
      const payload = { id: vm.id, versionId };
      const problem = await attempt(c, () => c.get('node').submit('vm.drop_recovered', payload, authorOf(c)));
      return problem === null ? goTo(c, `/vms/${vm.id}`, 'deleted') : askDrop(c, vm, versionId, problem);
    });
}

export function SavedWorkCard({ v, vm }: { v: View; vm: Vm }) {
  const words = v.t.savedWork;
  const work = workOf(v.state, vm);
  return (
    <section class="card pad stack" id="work">
      <h2>{words.title}</h2>
      {vm.persistent ? <Saved v={v} vm={vm} work={work} /> : <p>{words.clean}</p>}
      {work.failed ? <Failed v={v} failed={work.failed} /> : null}
      <Lost v={v} vm={vm} work={work} />
      <Stuck v={v} work={work} />
      {work.strays.map(({ node, at }) => (
        <p class="small">{words.strays(node, v.f.time(at))}</p>
      ))}
      <Copies v={v} vm={vm} copies={work.recovered} />
    </section>
  );
}

function Saved({ v, vm, work: { saved, saving } }: { v: View; vm: Vm; work: VmWork }) {
  const words = v.t.savedWork;
  const minutes = setting(v.state, 'work.every_minutes');
  const canSave = STATES_TO_SAVE.includes(vmState(vm)) && vm.placement !== null && saved?.current !== true;
  return (
    <>
      {saving ? (
        <p role="status" class="state">
          <i class="dot busy" />
          <span>{vmState(vm) === 'running' ? words.saving : words.savingOff}</span>
        </p>
      ) : null}
      {saved === null && saving ? null : (
        <p>
          {saved ? <strong>{words.savedOn(saved.nodes.length, v.f.time(saved.at))}</strong> : words.never}{' '}
          {saved === null || saving ? null : (
            <span class="soft">
              {saved.current ? words.current : vmState(vm) === 'running' ? words.running : ''}
            </span>
          )}
        </p>
      )}
      {saved?.nodes.length === 1 && !saving ? <p class="small">{words.alone}</p> : null}
      <p class="small soft">
        {minutes > 0 ? words.often(minutes) : words.atStop}{' '}
        {vm.dataDiskGiB > 0 ? words.notSaved : words.notSavedNoData}
      </p>
      {canSave && !saving ? (
        <PostButton v={v} action={`/vms/${vm.id}/save`} icon="check" kind="small">
          {words.saveNow}
        </PostButton>
      ) : null}
    </>
  );
}

function Failed({ v, failed }: { v: View; failed: NonNullable<VmWork['failed']> }) {
  const { message, hint } = describe(failed.cause.code, failed.cause.data, v.lang);
  return (
    <div class="notice bad">
      <p>
        <strong>{v.t.savedWork.failed(v.f.time(failed.at))}</strong> {message} {hint}
      </p>
    </div>
  );
}

function Lost({ v, vm, work: { saved, recoverable } }: { v: View; vm: Vm; work: VmWork }) {
  if (recoverable === null) return null;
  const words = v.t.savedWork;
  const { node, before } = recoverable;
  return (
    <div class="notice" id="lost">
      <div class="stack tight">
        <strong>{words.lostTitle(node)}</strong>
        <p>
          {saved && before !== null
            ? words.lostBefore(v.f.time(saved.at), v.f.duration(before))
            : words.lostClean}
        </p>
        <PostButton v={v} action={`/vms/${vm.id}/recover`} icon="play" kind="main">
          {words.recover}
        </PostButton>
      </div>
    </div>
  );
}

/** No button: whoever pressed it would be refused. */
function Stuck({ v, work: { stuck } }: { v: View; work: VmWork }) {
  if (stuck === null) return null;
  const words = v.t.savedWork;
  const { node, waitsFor, pinned } = stuck;
  const unsaved = waitsFor.length === 0 ? words.stuckUnsaved(node) : words.stuck(v.f.list(waitsFor));
  return (
    <div class="notice warn" id="lost">
      <div class="stack tight">
        <strong>{words.lostTitle(node)}</strong>
        <p>{pinned ? words.stuckPinned(node) : unsaved}</p>
      </div>
    </div>
  );
}

function Copies({ v, vm, copies }: { v: View; vm: Vm; copies: readonly RecoveredView[] }) {
  if (copies.length === 0) return null;
  const words = v.t.savedWork;
  return (
    <div class="stack tight" id="recovered">
      <h3>{words.copies}</h3>
      <p class="small soft">{words.copiesLead}</p>
      <ul class="list">
        {copies.map(({ versionId, node, lostAt, bytes }) => (
          <li class="row spread">
            <span>
              {words.copy(node, v.f.time(lostAt))} <span class="soft num">{v.f.bytes(bytes)}</span>
            </span>
            <span class="row">
              <PostButton
                v={v}
                action={`/vms/${vm.id}/copies/${versionId}/open`}
                icon="open"
                kind="small"
                label={words.openCopyOf(node)}
              >
                {words.openCopy}
              </PostButton>
              <a
                class="button small"
                href={`/vms/${vm.id}/copies/${versionId}`}
                data-ask
                aria-label={words.dropCopyOf(node)}
              >
                <Icon name="trash" />
                {words.dropCopy}
              </a>
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function askDrop(c: WebContext, vm: Vm, versionId: string, problem: Problem | null) {
  const v = viewOf(c);
  const words = v.t.savedWork;
  const copy = workOf(v.state, vm).recovered.find((one) => one.versionId === versionId);
  const back = `/vms/${vm.id}`;
  if (!copy) return goTo(c, back);
  return show(
    c,
    <Page v={v} title={words.dropTitle} narrow>
      <div class="card pad">
        <form class="confirm" method="post" action={`/vms/${vm.id}/copies/${versionId}`}>
          <h1 id="ask-title">{words.dropTitle}</h1>
          <Refused v={v} problem={problem} />
          <p class="loss">{words.dropText(copy.node, v.f.time(copy.lostAt))}</p>
          <Csrf v={v} />
          <div class="row">
            <a class="button" href={back} data-close>
              {v.t.words.cancel}
            </a>
            <button class="button main danger" type="submit">
              <Icon name="trash" />
              {words.dropButton}
            </button>
          </div>
        </form>
      </div>
    </Page>,
    problem?.status ?? 200,
  );
}
