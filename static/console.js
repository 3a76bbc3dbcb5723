/**
 * The screen of a VM: noVNC, with tickets that count once, reconnecting by itself, the last picture kept while it does.
 * Used by the page of a VM and by the console's own tab.
 */
import { typeText } from './keys.js';

/** Waits between attempts: a node that restarts is back within seconds, a network within minutes. */
const WAITS_MS = [300, 1000, 2000, 4000, 8000, 15_000];
/** A connection that lasted so long was a good one: the next loss begins with the shortest wait again. */
const GOOD_MS = 5000;

/**
 * Opens the screen inside `box`, which has [data-view], [data-cover] and [data-status].
 * @returns what its owner may do with it; it goes on trying until `close`
 */
export async function openScreen(box, { id, name, data, onPicture, onSay, onClipboard }) {
  const words = JSON.parse(data.words);
  const { default: RFB, KeyTable, keysyms } = await import(data.novnc);
  const view = box.querySelector('[data-view]');
  const cover = box.querySelector('[data-cover]');
  const status = box.querySelector('[data-status]');
  let rfb = null;
  let attempt = 0;
  let timer = 0;
  let closed = false;
  let viewOnly = false;
  let fit = true;
  let since = 0;

  const say = (text) => {
    status.textContent = text;
    cover.hidden = text === '';
  };

  async function connect() {
    clearTimeout(timer);
    if (closed) return;
    say(attempt === 0 ? words.connecting : words.reconnecting);
    const ticket = await newTicket(id, viewOnly, data.csrf);
    if (closed) return;
    if (ticket.problem) {
      // Signed out, or not one's own any more: trying again cannot help.
      if (ticket.status === 401 || ticket.status === 403 || ticket.status === 404) {
        box.classList.add('away');
        say(ticket.problem || words.refused);
        return;
      }
      later(ticket.problem);
      return;
    }
    const address = new URL(ticket.path, location.href);
    address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const holder = document.createElement('div');
    holder.className = 'view-one';
    view.append(holder);
    let canvas = null;
    const next = new RFB(holder, address.href, { shared: true });
    rfb = next;
    next.scaleViewport = fit;
    next.clipViewport = !fit;
    next.dragViewport = false;
    next.viewOnly = viewOnly;
    next.background = 'transparent';
    next.addEventListener('connect', () => {
      since = performance.now();
      // The old picture stays until the new one is there: no flash of nothing.
      for (const old of [...view.children]) if (old !== holder) old.remove();
      canvas = holder.querySelector('canvas');
      canvas.setAttribute('aria-label', words.screen.replace('{name}', name));
      canvas.setAttribute('role', 'application');
      canvas.tabIndex = 0; // noVNC leaves it out of the Tab order; the keyboard alone must get in
      box.classList.remove('away');
      say('');
      onPicture();
    });
    next.addEventListener('clipboard', (event) => onClipboard(event.detail.text));
    next.addEventListener('disconnect', () => {
      if (rfb === next) rfb = null;
      if (closed) return;
      if (since > 0) keepPicture(canvas, view);
      else holder.remove();
      if (since > 0 && performance.now() - since > GOOD_MS) attempt = 0;
      since = 0;
      later(null);
    });
  }

  function later(problem) {
    box.classList.add('away');
    const wait = WAITS_MS[Math.min(attempt, WAITS_MS.length - 1)];
    attempt += 1;
    say(
      wait < 2000 ? words.reconnecting : (problem ?? words.in.replace('{seconds}', Math.round(wait / 1000))),
    );
    timer = setTimeout(connect, wait);
  }

  // Ctrl+Alt+Shift gives the keyboard back: caught before noVNC sees it, so that the guest keeps no key pressed.
  const giveBack = (event) => {
    if (!(event.ctrlKey && event.altKey && event.shiftKey) || !box.contains(document.activeElement)) return;
    rfb?.blur();
    (box.querySelector('[data-escape]') ?? document.querySelector(`[data-do="full"], #main-${id}`))?.focus();
    onSay(words.released);
  };
  window.addEventListener('keydown', giveBack, true);
  window.addEventListener('online', connectNow);
  function connectNow() {
    if (rfb === null && !closed) connect();
  }

  connect();
  return {
    focus: () => rfb?.focus(),
    connected: () => rfb !== null && since > 0,
    setFit(on) {
      fit = on;
      if (!rfb) return;
      rfb.scaleViewport = on;
      rfb.clipViewport = !on;
      rfb.dragViewport = false;
    },
    /** Watching only is held by the server too: a new ticket says so. */
    setViewOnly(on) {
      viewOnly = on;
      if (rfb) {
        rfb.viewOnly = on;
        attempt = 0;
        rfb.disconnect();
      }
    },
    /** Presses keys in order and lets them go in reverse. @param combination X keysym names, blanks between */
    press(combination) {
      const keys = combination.split(' ').map((key) => [keysymOf(key, KeyTable), codeOf(key)]);
      for (const [keysym, code] of keys) rfb?.sendKey(keysym, code, true);
      for (const [keysym, code] of keys.toReversed()) rfb?.sendKey(keysym, code, false);
      rfb?.focus();
    },
    /** Types a text; resolves with the signs that this keyboard does not have. */
    async type(text, layout) {
      const target = rfb;
      const missing = target ? await typeText(target, text, layout, KeyTable, keysyms) : [];
      onSay(missing.length === 0 ? words.typed : words.cannotType.replace('{signs}', missing.join(' ')));
      rfb?.focus();
      return missing;
    },
    paste: (text) => rfb?.clipboardPasteFrom(text),
    /** The present picture as a PNG; null while there is none. */
    picture: () =>
      new Promise((done) => {
        const canvas = view.querySelector('canvas');
        if (canvas) canvas.toBlob(done, 'image/png');
        else done(null);
      }),
    close() {
      closed = true;
      clearTimeout(timer);
      window.removeEventListener('keydown', giveBack, true);
      window.removeEventListener('online', connectNow);
      rfb?.disconnect();
    },
  };
}

async function newTicket(id, viewOnly, csrf) {
  try {
    const response = await fetch(`/api/v1/vms/${id}/console`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-csrf-token': csrf },
      body: JSON.stringify({ viewOnly }),
    });
    const body = await response.json();
    return response.ok ? body : { problem: body.message, status: response.status };
  } catch {
    return { problem: null, status: 0 };
  }
}

/** noVNC takes its canvas away with the connection: a copy of its last picture stands in for it. */
function keepPicture(canvas, view) {
  if (!canvas || canvas.width === 0) return;
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  copy.getContext('2d').drawImage(canvas, 0, 0);
  copy.className = 'last-picture';
  for (const old of [...view.children]) old.remove();
  view.append(copy);
}

function keysymOf(key, KeyTable) {
  return key.length === 1 ? key.codePointAt(0) : KeyTable[`XK_${key}`];
}

const CODES = {
  Control_L: 'ControlLeft',
  Alt_L: 'AltLeft',
  Super_L: 'MetaLeft',
  Delete: 'Delete',
  BackSpace: 'Backspace',
  Tab: 'Tab',
  Escape: 'Escape',
  Print: 'PrintScreen',
};

function codeOf(key) {
  if (key.length === 1) return `Key${key.toUpperCase()}`;
  return CODES[key] ?? key;
}
