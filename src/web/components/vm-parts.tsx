/** Parts of a VM that several pages show: state, picture, main button, menu, time left. */
import { hasConsole, setting, type Vm, vmState } from '../../state/index.ts';
import { recoverableOf } from '../work.ts';
import { Csrf, morphing } from './bits.tsx';
import { Icon, type IconName } from './icon.tsx';
import type { View } from './view.ts';
import { actsOf, isHeldDown, toneOf, type VmAct, vmSentence } from './vm-words.ts';

const HOUR = 3_600_000;
/** From here on the bar takes the colour of a warning: time enough to save one's work. */
const SOON = 15 * 60_000;

export function VmStateLine({ v, vm }: { v: View; vm: Vm }) {
  return (
    <div class="stack close">
      <p class="state" data-state={vmState(vm)}>
        <i class={`dot ${toneOf(vm)}`} />
        <span>{vmSentence(v, vm)}</span>
      </p>
      <VmProgress v={v} vm={vm} />
    </div>
  );
}

/** How far its image is on its way to the PC on which it starts or runs. */
function imageComing(v: View, vm: Vm) {
  const { state, cause } = vm.observed;
  const isComing =
    state === 'fetching' || cause?.code === 'vm.image_coming' || cause?.code === 'vm.image_waits';
  if (!isComing) return null;
  const isIt = (one: { nodeId: string; versionId: string }) =>
    one.nodeId === vm.placement?.nodeId && one.versionId === vm.versionId;
  return v.node.transfers().find(isIt) ?? null;
}

/** The bar of what is under way, where its progress is known: an operation, or its image while it runs already. */
function VmProgress({ v, vm }: { v: View; vm: Vm }) {
  const [operation] = v.state.tables.operation.by('target', vm.id).filter((one) => one.state === 'running');
  const coming = imageComing(v, vm);
  const progress = (operation ? v.node.progress(operation.id) : null) ?? coming;
  if (progress === null || progress.total === 0) return null;
  const share = progress.done / progress.total;
  const percent = v.f.percent(share);
  const words = [progress === coming ? v.t.vmState.imageHere(percent) : v.t.vmState.progress(percent)];
  if (progress.etaMs !== null) words.push(v.t.vmState.eta(v.f.duration(progress.etaMs)));
  return (
    <div class="meter">
      <progress max="100" value={String(Math.round(share * 100))} aria-label={words.join(', ')} />
      <span class="soft">{words.join(', ')}</span>
    </div>
  );
}

/** The guest's screen as a picture; labmesh.js asks for a newer one every few seconds. */
export function Screen({ v, vm, large }: { v: View; vm: Vm; large?: boolean }) {
  const href = hasConsole(vm) ? `/vms/${vm.id}/console` : `/vms/${vm.id}`;
  const still = (
    <span class="still" aria-hidden={hasConsole(vm) ? 'true' : undefined}>
      <Icon name="labs" />
      <span>{hasConsole(vm) ? v.t.labs.noPictureYet : v.t.labs.noScreen}</span>
      {hasConsole(vm) ? null : <span class="vh">: {vm.name}</span>}
    </span>
  );
  const picture = hasConsole(vm) ? (
    <img
      id={`screen-${vm.id}`}
      src={`/vms/${vm.id}/screen.png`}
      data-screen={`/vms/${vm.id}/screen.png`}
      alt={v.t.labs.screenOf(vm.name)}
      width="640"
      height="400"
    />
  ) : null;
  if (large) {
    return (
      <div class={hasConsole(vm) ? 'screen' : 'screen plain'}>
        {still}
        {picture}
      </div>
    );
  }
  return (
    <a class={hasConsole(vm) ? 'screen' : 'screen plain'} href={href}>
      {still}
      {picture}
    </a>
  );
}

/** The one thing that one mostly wants now. */
export function MainButton({ v, vm }: { v: View; vm: Vm }) {
  const state = vmState(vm);
  if (recoverableOf(v.state, vm) !== null) {
    return (
      <a class="button main" href={`/vms/${vm.id}#lost`} id={`main-${vm.id}`}>
        <Icon name="play" />
        {v.t.savedWork.goOn}
        <span class="vh"> {vm.name}</span>
      </a>
    );
  }
  if (vm.desired !== 'deleted' && hasConsole(vm)) {
    return (
      <a class="button main" href={`/vms/${vm.id}/console`} id={`main-${vm.id}`}>
        <Icon name="open" />
        {v.t.act.open}
        <span class="vh"> {vm.name}</span>
      </a>
    );
  }
  if (isHeldDown(vm)) return <Resting vm={vm} text={v.t.plan.held.byItself} />;
  if (vm.desired !== 'deleted' && state === 'waiting') {
    return (
      <a
        class="button"
        href={`/vms/${vm.id}/cancel?back=${encodeURIComponent(v.path)}`}
        id={`main-${vm.id}`}
        data-ask
      >
        <Icon name="stop" />
        {v.t.plan.queued.cancel}
        <span class="vh">: {vm.name}</span>
      </a>
    );
  }
  const startable = vm.desired !== 'deleted' && ['stopped', 'failed', 'suspended'].includes(state);
  if (!startable) return <Resting vm={vm} text={v.t.act.wait} />;
  return (
    <form method="post" action={`/vms/${vm.id}/start`} class="inline" {...morphing(`/vms/${vm.id}/start`)}>
      <Csrf v={v} />
      <input type="hidden" name="back" value={v.url} />
      <button class="button main" type="submit" id={`main-${vm.id}`}>
        <Icon name="play" />
        {state === 'suspended' ? v.t.act.resume : v.t.act.start}
        <span class="vh"> {vm.name}</span>
      </button>
    </form>
  );
}

/** Nothing to press: it moves by itself. */
function Resting({ vm, text }: { vm: Vm; text: string }) {
  return (
    <button class="button" type="button" disabled id={`main-${vm.id}`}>
      {text}
    </button>
  );
}

export const ACT_ICONS: Readonly<Record<VmAct, IconName>> = {
  start: 'play',
  cancel: 'stop',
  stop: 'stop',
  'force-off': 'power',
  restart: 'restart',
  'force-restart': 'power',
  suspend: 'pause',
  rename: 'rename',
  delete: 'trash',
};

const ACT_WORDS = {
  start: 'start',
  cancel: 'cancel',
  stop: 'stop',
  'force-off': 'forceOff',
  restart: 'restart',
  'force-restart': 'forceRestart',
  suspend: 'suspend',
  rename: 'rename',
  delete: 'delete',
} as const satisfies Record<VmAct, string>;

export function actWord(v: View, act: VmAct): string {
  return v.t.act[ACT_WORDS[act]];
}

/** Everything else; each leads to a step that says what is lost. */
export function VmMenu({ v, vm, details }: { v: View; vm: Vm; details?: boolean }) {
  const acts = actsOf(vm);
  return (
    <details class="menu" id={`menu-${vm.id}`}>
      <summary class="button">
        <Icon name="dots" />
        {v.t.words.more}
        <span class="vh"> {v.t.words.moreActions(vm.name)}</span>
      </summary>
      <div class="menu-list">
        {details ? (
          <a href={`/vms/${vm.id}`}>
            <Icon name="info" />
            {v.t.act.details}
          </a>
        ) : null}
        <a href={`/vms/${vm.id}/why`}>
          <Icon name="help" />
          {v.t.plan.queued.why}
        </a>
        {acts.length > 0 ? <hr /> : null}
        {acts.map((act) => (
          <a
            href={`/vms/${vm.id}/${act}?back=${encodeURIComponent(v.path)}`}
            class={act === 'delete' || act === 'force-off' ? 'bad' : undefined}
            data-ask
          >
            <Icon name={ACT_ICONS[act]} />
            {actWord(v, act)}
          </a>
        ))}
      </div>
    </details>
  );
}

/** Time left, as a quiet bar, with the way to more of it. */
export function TimeLeft({ v, vm }: { v: View; vm: Vm }) {
  if (vm.leaseEndsAt === null) return null;
  const left = vm.leaseEndsAt - v.node.now();
  if (left <= 0) return <p class="small soft">{v.t.labs.leaseOver}</p>;
  const share = Math.min(1, left / (vm.leaseHours * HOUR));
  const words = `${v.t.labs.left(v.f.duration(roundLeft(left)))}, ${v.t.labs.endsAt(v.f.time(vm.leaseEndsAt))}`;
  return (
    <div class="meter">
      <progress
        max="100"
        value={String(Math.round(share * 100))}
        class={left < SOON ? 'warn' : undefined}
        aria-label={words}
      />
      <div class="row">
        <span class="soft num">{words}</span>
        <form
          method="post"
          action={`/vms/${vm.id}/renew`}
          class="inline"
          {...morphing(`/vms/${vm.id}/renew`)}
        >
          <Csrf v={v} />
          <input type="hidden" name="back" value={v.url} />
          <button type="submit" class="button link" id={`renew-${vm.id}`}>
            {v.t.labs.anotherHour}
          </button>
        </form>
      </div>
    </div>
  );
}

/** Seconds count only at the end; before it, a page that ticks would be noise. */
function roundLeft(left: number): number {
  return left > 60_000 ? Math.ceil(left / 60_000) * 60_000 : left;
}

/** Whole hours that "another hour" gives: what is left, and one more, within the cloud's bound. */
export function renewedHours(v: Pick<View, 'state' | 'node'>, vm: Vm): number {
  const left = Math.max(0, (vm.leaseEndsAt ?? 0) - v.node.now());
  const hours = Math.ceil((left + HOUR - 1) / HOUR);
  return Math.min(setting(v.state, 'lease.max_hours'), Math.max(setting(v.state, 'lease.min_hours'), hours));
}
