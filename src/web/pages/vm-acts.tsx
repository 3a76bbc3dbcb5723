/** What is done with a VM from its pages: buttons that act at once, and steps that first say what is lost. */
import { type Context, Hono } from 'hono';
import { type Vm, vmState } from '../../state/index.ts';
import { Csrf, Field, Refused } from '../components/bits.tsx';
import { isKnownKey } from '../components/done.ts';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { ACT_ICONS, renewedHours } from '../components/vm-parts.tsx';
import type { VmAct } from '../components/vm-words.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needVm } from './need.ts';
import { askCancel, cancelRequest } from './request-cancel.tsx';
import { attempt, emptyForm, type Form, goTo, readForm, safeBack, show } from './show.ts';

const CONFIRMED = {
  stop: 'stop',
  'force-off': 'forceOff',
  restart: 'restart',
  'force-restart': 'forceRestart',
  suspend: 'suspend',
  delete: 'delete',
} as const satisfies Partial<Record<VmAct, string>>;

type Confirmed = keyof typeof CONFIRMED;

export function vmActPages(): Hono<WebEnv> {
  const app = new Hono<WebEnv>();
  app.post('/:id/start', (c) => atOnce(c, (vm) => submit(c, 'start', vm)));
  app.post('/:id/renew', (c) =>
    atOnce(
      c,
      (vm) =>
        c
          .get('node')
          .submit(
            'vm.renew',
            { id: vm.id, hours: renewedHours({ state: c.get('node').state, node: c.get('node') }, vm) },
            authorOf(c),
          ),
      'renewed',
    ),
  );
  app.get('/:id/rename', (c) =>
    show(c, <Rename v={viewOf(c)} vm={needVm(c)} form={emptyForm} problem={null} back={backOf(c)} />),
  );
  app.post('/:id/rename', async (c) => {
    const vm = needVm(c);
    const form = await readForm(c);
    const problem = await attempt(c, () =>
      c.get('node').submit('vm.rename', { id: vm.id, name: form.text('name') }, authorOf(c)),
    );
    const back = safeBack(form.text('back'), `/vms/${vm.id}`);
    if (problem === null) return goTo(c, back, 'renamed');
    return show(
      c,
      <Rename v={viewOf(c)} vm={vm} form={form} problem={problem} back={back} />,
      problem.status,
    );
  });
  app.get('/:id/cancel', askCancel);
  app.post('/:id/cancel', cancelRequest);
  app.get('/:id/:act{stop|force-off|restart|force-restart|suspend|delete}', (c) =>
    show(c, <Confirm v={viewOf(c)} vm={needVm(c)} act={actOf(c)} problem={null} back={backOf(c)} />),
  );
  app.post('/:id/:act{stop|force-off|restart|force-restart|suspend|delete}', async (c) => {
    const vm = needVm(c);
    const act = actOf(c);
    const form = await readForm(c);
    const problem = await attempt(c, () => submit(c, act, vm));
    const back = safeBack(form.text('back'), `/vms/${vm.id}`);
    // A deleted VM's own page would only say that it is gone.
    const next = act === 'delete' && back === `/vms/${vm.id}` ? '/labs' : back;
    if (problem === null) return goTo(c, next, act === 'delete' ? 'deleted' : undefined);
    return show(c, <Confirm v={viewOf(c)} vm={vm} act={act} problem={problem} back={back} />, problem.status);
  });
  return app;
}

function actOf(c: Context<WebEnv>): Confirmed {
  const act = c.req.param('act') ?? '';
  return isKnownKey(CONFIRMED, act) ? act : 'stop';
}

function backOf(c: WebContext): string {
  return safeBack(c.req.query('back'), `/vms/${c.req.param('id')}`);
}

/** A button that acts without a further question; refused, the reason stands on a page of its own. */
/** Something at once was refused: says so, and where to go on. */
export function couldNot(c: WebContext, vm: Vm, problem: Problem): Response | Promise<Response> {
  return show(c, <CouldNot v={viewOf(c)} vm={vm} problem={problem} back={`/vms/${vm.id}`} />, problem.status);
}

async function atOnce(c: WebContext, work: (vm: Vm) => Promise<unknown>, done?: string): Promise<Response> {
  const vm = needVm(c);
  const form = await readForm(c);
  const back = safeBack(form.text('back'), `/vms/${vm.id}`);
  const problem = await attempt(c, () => work(vm));
  if (problem === null) return goTo(c, back, done);
  return show(c, <CouldNot v={viewOf(c)} vm={vm} problem={problem} back={back} />, problem.status);
}

function submit(c: WebContext, act: 'start' | Confirmed, vm: Vm): Promise<unknown> {
  const { node } = c.var;
  const author = authorOf(c);
  switch (act) {
    case 'start':
      return node.submit('vm.start', { id: vm.id }, author);
    case 'stop':
    case 'force-off':
      return node.submit('vm.stop', { id: vm.id, force: act === 'force-off' }, author);
    case 'restart':
    case 'force-restart':
      return node.submit('vm.reboot', { id: vm.id, force: act === 'force-restart' }, author);
    case 'suspend':
      return node.submit('vm.suspend', { id: vm.id }, author);
    case 'delete':
      return node.submit('vm.remove', { id: vm.id }, author);
  }
}

/** What goes away with an act, in words. */
function lossOf(v: View, vm: Vm, act: Confirmed): string {
  const words = v.t.confirm;
  if (act === 'delete') return words.lossDelete;
  if (act === 'suspend') return words.lossNothing;
  const suspended = vmState(vm) === 'suspended';
  if (act === 'stop' || act === 'force-off') {
    if (suspended) return vm.persistent ? words.lossMemory : words.lossMemoryClean;
    if (!vm.persistent) return words.lossClean;
  }
  return words.lossUnsaved;
}

function Confirm(props: { v: View; vm: Vm; act: Confirmed; problem: Problem | null; back: string }) {
  const { v, vm, act, problem, back } = props;
  const words = v.t.confirm[CONFIRMED[act]];
  const destroys = act === 'delete' || act === 'force-off' || act === 'force-restart';
  return (
    <Page v={v} title={words.title(vm.name)} narrow>
      <div class="card pad">
        <form class="confirm" method="post" action={`/vms/${vm.id}/${act}`}>
          <h1 id="ask-title">{words.title(vm.name)}</h1>
          <Refused v={v} problem={problem} />
          <p>{words.text}</p>
          <p class={act === 'suspend' ? 'soft' : 'loss'}>{lossOf(v, vm, act)}</p>
          <Csrf v={v} />
          <input type="hidden" name="back" value={back} />
          <div class="row">
            <a class="button" href={back} data-close>
              {v.t.words.cancel}
            </a>
            <button class={destroys ? 'button main danger' : 'button main'} type="submit">
              <Icon name={ACT_ICONS[act]} />
              {words.button}
            </button>
          </div>
        </form>
      </div>
    </Page>
  );
}

function Rename(props: { v: View; vm: Vm; form: Form; problem: Problem | null; back: string }) {
  const { v, vm, form, problem, back } = props;
  const title = v.t.confirm.renameTitle(vm.name);
  return (
    <Page v={v} title={title} narrow>
      <div class="card pad">
        <form class="confirm" method="post" action={`/vms/${vm.id}/rename`}>
          <h1 id="ask-title">{title}</h1>
          <Refused v={v} problem={problem} />
          <Csrf v={v} />
          <input type="hidden" name="back" value={back} />
          <Field
            name="name"
            label={v.t.confirm.newName}
            value={form.has('name') ? form.text('name') : vm.name}
            maxlength={63}
            required
            autofocus
          />
          <div class="row">
            <a class="button" href={back} data-close>
              {v.t.words.cancel}
            </a>
            <button class="button main" type="submit">
              {v.t.words.save}
            </button>
          </div>
        </form>
      </div>
    </Page>
  );
}

function CouldNot({ v, vm, problem, back }: { v: View; vm: Vm; problem: Problem; back: string }) {
  return (
    <Page v={v} title={v.t.errors.refusedTitle} narrow>
      <h1>{v.t.errors.refusedTitle}</h1>
      <Refused v={v} problem={problem} />
      <div class="row">
        <a class="button" href={back}>
          {v.t.words.back}
        </a>
        <a class="button" href={`/vms/${vm.id}`}>
          {vm.name}
        </a>
      </div>
    </Page>
  );
}
