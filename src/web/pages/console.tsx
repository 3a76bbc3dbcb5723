/** The screen of a VM in its own tab: the guest fills the page, a slim bar hides when one wants it to. */
import type { Child } from 'hono/jsx';
import { hasConsole } from '../../state/index.ts';
import { asset } from '../components/asset.ts';
import { Icon } from '../components/icon.tsx';
import { Html } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import type { WebContext } from '../env.ts';
import { needVm } from './need.ts';
import { show } from './show.ts';

/** Combinations that a browser or desktop keeps for itself, as X keysym names (console.js knows them). */
const COMBINATIONS: readonly (readonly [label: string, keys: string])[] = [
  ['Ctrl+Alt+Del', 'Control_L Alt_L Delete'],
  ['Ctrl+Alt+Backspace', 'Control_L Alt_L BackSpace'],
  ['Alt+Tab', 'Alt_L Tab'],
  ['Alt+F4', 'Alt_L F4'],
  ['Ctrl+W', 'Control_L w'],
  ['Ctrl+C', 'Control_L c'],
  ['Esc', 'Escape'],
  ['Tab', 'Tab'],
  ['Super', 'Super_L'],
  ['Print Screen', 'Print'],
  ['F11', 'F11'],
  ['Ctrl+Alt+F1', 'Control_L Alt_L F1'],
  ['Ctrl+Alt+F2', 'Control_L Alt_L F2'],
  ['Ctrl+Alt+F7', 'Control_L Alt_L F7'],
];

export async function consolePage(c: WebContext): Promise<Response> {
  const v = viewOf(c);
  const vm = needVm(c);
  const words = v.t.console;
  const left = vm.leaseEndsAt === null ? null : vm.leaseEndsAt - v.node.now();
  return show(
    c,
    <Html v={v} title={words.title(vm.name)} scripts={['console-page.js']}>
      <main
        class="desk"
        id="main"
        data-console={vm.id}
        data-name={vm.name}
        data-running={hasConsole(vm) ? 'yes' : 'no'}
        data-ends={vm.leaseEndsAt ?? undefined}
        data-left={v.t.labs.left('{time}')}
        data-warning={v.t.plan.lease.warning(vm.name, '{time}')}
        data-renewed={v.t.done.renewed}
        {...consoleAddresses(v)}
      >
        <h1 class="vh">{words.title(vm.name)}</h1>
        <div class="desk-bar" role="toolbar" aria-label={words.bar} id="bar">
          <a class="button quiet" href={`/vms/${vm.id}`}>
            <Icon name="back" />
            <span class="desk-name">{vm.name}</span>
          </a>
          <button class="button quiet" type="button" data-do="full">
            <Icon name="screen" />
            {words.full}
          </button>
          <button class="button quiet" type="button" data-do="fit" aria-pressed="true">
            {words.fit}
          </button>
          <details class="menu">
            <summary class="button quiet">
              <Icon name="keyboard" />
              {words.keys}
            </summary>
            <div class="menu-list">
              {COMBINATIONS.map(([label, keys]) => (
                <button type="button" data-keys={keys}>
                  {label}
                </button>
              ))}
              <p class="small soft menu-note">{words.escapeHint}</p>
            </div>
          </details>
          <button class="button quiet" type="button" data-open="type-box">
            <Icon name="rename" />
            {words.type}
          </button>
          <button class="button quiet" type="button" data-open="clip-box">
            <Icon name="clipboard" />
            {words.clipboard}
          </button>
          <button class="button quiet" type="button" data-do="view-only" aria-pressed="false">
            <Icon name="eye" />
            {words.viewOnly}
          </button>
          <button class="button quiet" type="button" data-do="picture">
            <Icon name="camera" />
            {words.picture}
          </button>
          <span class="desk-left small num" data-time-left>
            {left === null || left <= 0 ? '' : v.t.labs.left(v.f.duration(Math.ceil(left / 60_000) * 60_000))}
          </span>
          <button class="button quiet" type="button" data-do="hide" aria-expanded="true" aria-controls="bar">
            {words.hide}
          </button>
        </div>
        <button class="button small desk-show" type="button" data-do="show" hidden>
          {words.show}
        </button>
        <div class="desk-lease" data-lease role="status" hidden>
          <Icon name="clock" />
          <strong data-lease-words />
          <span class="small">{v.t.plan.lease.text}</span>
          <button class="button small" type="button" data-do="renew">
            {v.t.plan.lease.renew}
          </button>
        </div>
        <div class="console" data-screen-box>
          <div class="view" data-view />
          <div class="cover" data-cover>
            <span data-status role="status">
              {words.script.connecting}
            </span>
          </div>
        </div>
        <p class="say" role="status" data-say />
        <TypeBox v={v} />
        <ClipBox v={v} />
      </main>
    </Html>,
  );
}

/** What console.js needs to know: addresses with their hashes, the token for its requests, its words. */
export function consoleAddresses(v: View) {
  return {
    'data-novnc': asset('vendor/novnc.js'),
    'data-module': asset('console.js'),
    'data-csrf': v.csrf,
    'data-words': JSON.stringify(v.t.console.script),
  };
}

function TypeBox({ v }: { v: View }) {
  const words = v.t.console;
  const { typeTitle: title, typeHint: hint, send } = words;
  return (
    <TextDialog name="type" words={{ title, hint, send, leave: v.t.words.cancel }} most={10_000}>
      <div class="field">
        <label for="type-layout">{words.layout}</label>
        <select class="input" id="type-layout">
          <option value="us">{words.layouts.us}</option>
          <option value="es" selected={v.lang === 'es'}>
            {words.layouts.es}
          </option>
        </select>
      </div>
    </TextDialog>
  );
}

function ClipBox({ v }: { v: View }) {
  const { clipboardTitle: title, clipboardHint: hint, clipboardSend: send } = v.t.console;
  return <TextDialog name="clip" words={{ title, hint, send, leave: v.t.words.close }} most={100_000} />;
}

/** Asks for a text that console.js takes to the guest; `name` begins the ids by which it finds the parts. */
function TextDialog(props: {
  name: 'type' | 'clip';
  words: { readonly title: string; readonly hint: string; readonly send: string; readonly leave: string };
  /** Characters that the text may have. */
  most: number;
  children?: Child;
}) {
  const { name, words, most, children } = props;
  return (
    <dialog class="ask" id={`${name}-box`} aria-labelledby={`${name}-title`}>
      <form class="form" method="dialog">
        <h2 id={`${name}-title`}>{words.title}</h2>
        <div class="field">
          <label for={`${name}-text`} class="vh">
            {words.title}
          </label>
          <textarea class="input mono" id={`${name}-text`} rows={5} maxlength={most} spellcheck={false} />
          <p class="hint">{words.hint}</p>
        </div>
        {children}
        <div class="row">
          <button class="button main" type="submit" value="send">
            {words.send}
          </button>
          <button class="button" type="submit" value="cancel">
            {words.leave}
          </button>
        </div>
      </form>
    </dialog>
  );
}
