/**
 * What every page does beyond its links and forms: it stays live, its menus close, its questions come as dialogs, its pictures
 * of screens grow no older than they must. Everything works without this file, only less smoothly.
 */
(() => {
  /** Between two fetches of a page that changes all the time: below what people notice, above what wastes a PC. */
  const CALM_MS = 250;
  /** A stream that is back within this time was never worth a word. */
  const LOST_AFTER_MS = 1200;
  /** A tab that nobody looks at gives its connection back after this; browsers allow six to a server. */
  const HIDDEN_MS = 30_000;
  /** Screens are pictures for orientation, not films. */
  const SCREEN_MS = 10_000;

  // --- the zone in which this visitor reads times: the server draws them, so it must know --------------------------------

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) {
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet
    document.cookie = `tz=${zone}; path=/; max-age=31536000; SameSite=Lax${secure}`;
  }

  // --- live: one stream of events, each of which makes the page fetch its newer self -----------------------------------

  const frame = document.getElementById('frame');
  const lost = document.getElementById('lost');
  let stream = null;
  let lostTimer = 0;
  let retryTimer = 0;
  let retries = 0;
  let missed = false;
  let lastFetch = 0;
  let fetchTimer = 0;

  function refresh() {
    if (fetchTimer) return;
    const wait = Math.max(0, lastFetch + CALM_MS - performance.now());
    fetchTimer = setTimeout(() => {
      fetchTimer = 0;
      lastFetch = performance.now();
      document.body.dispatchEvent(new CustomEvent('live'));
    }, wait);
  }

  function open() {
    if (stream || !frame) return;
    // What changed between the drawing of this page and now is told first; a stream that was lost makes the page ask anew anyway.
    const drawn = frame.dataset.live ? '' : `&drawn=${frame.dataset.drawn}`;
    stream = new EventSource(`/events?topics=${encodeURIComponent(frame.dataset.topics)}${drawn}`);
    for (const topic of frame.dataset.topics.split(',')) stream.addEventListener(topic, refresh);
    stream.addEventListener('ready', () => {
      clearTimeout(lostTimer);
      lostTimer = 0;
      retries = 0;
      frame.dataset.live = 'yes';
      if (lost) lost.hidden = true;
      if (missed) refresh();
      missed = false;
    });
    stream.addEventListener('signed-out', () => location.reload());
    stream.addEventListener('error', retry);
    stream.addEventListener('stopping', retry);
  }

  function close() {
    stream?.close();
    stream = null;
  }

  /** The browser's own retry gives up for good on an HTTP error; this one does not, and says so in time. */
  function retry() {
    close();
    missed = true;
    if (!lostTimer && lost) {
      lostTimer = setTimeout(() => {
        lost.hidden = false;
      }, LOST_AFTER_MS);
    }
    clearTimeout(retryTimer);
    retryTimer = setTimeout(open, Math.min(5000, 250 * 2 ** retries++));
  }

  let hiddenTimer = 0;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) {
      hiddenTimer = setTimeout(() => {
        missed = true;
        close();
      }, HIDDEN_MS);
    } else if (!stream) open();
  });
  // A page that comes back from the browser's cache is old, and its stream is dead.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) location.reload();
  });
  window.addEventListener('pagehide', close);
  if (frame) open();
  // Only the first page of a browser, or the first after a journey, was drawn without knowing.
  if (frame && zone && document.documentElement.dataset.zone !== zone) refresh();

  // --- morphing: what the person did to the page stays --------------------------------------------------------------------

  window.htmx?.registerExtension('labmesh', {
    htmx_before_morph_attr: (element, detail) => {
      // An opened menu or "More" was opened by the person; the server knows nothing of it.
      if (detail.attrName === 'open' && /^(DETAILS|DIALOG)$/.test(element.tagName)) return false;
      // What was picked in a form stays picked, whatever the server proposes by now.
      if (/^(checked|selected)$/.test(detail.attrName) && touched(element)) return false;
    },
    htmx_before_morph_node: (element, detail) => {
      const screen = element.dataset?.screen;
      if (screen && screen === detail.newNode?.dataset?.screen) return false;
      // A button that is under somebody's finger keeps its place; a select that is open stays so.
      if (element.tagName === 'SELECT' && element === document.activeElement) return false;
    },
  });

  const touchedForms = new WeakSet();
  document.addEventListener('input', (event) => {
    const form = event.target.closest?.('form');
    if (form) touchedForms.add(form);
  });
  function touched(element) {
    const form = element.closest('form');
    return form !== null && touchedForms.has(form);
  }

  // --- pictures of screens -----------------------------------------------------------------------------------------------

  function renewScreens() {
    if (document.hidden) return;
    for (const image of document.querySelectorAll('img[data-screen]')) {
      const next = new Image();
      const address = `${image.dataset.screen}?t=${Date.now()}`;
      next.onload = () => {
        image.src = address;
        image.hidden = false;
      };
      next.onerror = () => {
        image.hidden = true;
      };
      next.src = address;
    }
  }
  setInterval(renewScreens, SCREEN_MS);
  // No picture yet: the words beneath show, not a broken one. Errors of images do not bubble, so they are caught on the way down.
  const hide = (image) => {
    image.hidden = true;
    setTimeout(renewScreens, 1500);
  };
  document.addEventListener(
    'error',
    (event) => {
      if (event.target instanceof HTMLImageElement && event.target.dataset.screen) hide(event.target);
    },
    true,
  );
  for (const image of document.querySelectorAll('img[data-screen]')) {
    if (image.complete && image.naturalWidth === 0) hide(image);
  }

  // --- menus close when one looks elsewhere ------------------------------------------------------------------------------

  document.addEventListener('click', (event) => {
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      const inside = menu.contains(event.target);
      if (!inside || event.target.closest('.menu-list a, .menu-list button')) menu.open = false;
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    const menu = document.querySelector('details.menu[open]');
    if (!menu) return;
    menu.open = false;
    menu.querySelector('summary')?.focus();
  });

  // --- questions: the page that asks, shown as a dialog ------------------------------------------------------------------

  const ask = document.getElementById('ask');
  let asker = null;
  document.addEventListener('click', async (event) => {
    const link = event.target.closest?.('a[data-ask]');
    if (link && ask?.showModal && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      asker = link.closest('details.menu')?.querySelector('summary') ?? link;
      try {
        const response = await fetch(link.href, { headers: { 'HX-Request': 'true' } });
        const form = new DOMParser()
          .parseFromString(await response.text(), 'text/html')
          .querySelector('form.confirm');
        if (!response.ok || !form) throw new Error('no question');
        ask.replaceChildren(form);
        ask.showModal();
        (form.querySelector('[autofocus], [data-close]') ?? form).focus();
      } catch {
        location.href = link.href;
      }
    }
    if (event.target.closest?.('dialog [data-close]')) {
      event.preventDefault();
      event.target.closest('dialog').close();
    }
    if (event.target === ask) ask.close(); // a click beside the box
  });
  ask?.addEventListener('close', () => {
    ask.replaceChildren();
    asker?.focus();
  });

  // --- copy: offered only where the browser lets a page do it (a secure address) --------------------------------------------

  if (navigator.clipboard) {
    for (const button of document.querySelectorAll('button[data-copy]')) button.hidden = false;
  }
  document.addEventListener('click', async (event) => {
    const button = event.target.closest?.('button[data-copy]');
    if (!button) return;
    const name = button.dataset.copy;
    const said = document.getElementById(`${name}-copied`);
    try {
      await navigator.clipboard.writeText(document.getElementById(name).textContent.trim());
      if (said) said.textContent = button.dataset.copied;
    } catch {
      // Not allowed: the text is marked, one key copies it.
      getSelection()?.selectAllChildren(document.getElementById(name));
    }
  });

  // --- forms -------------------------------------------------------------------------------------------------------------

  // A form sent twice by an impatient finger is one request; the cloud would refuse the second in confusing words.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.method !== 'post' || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.hasAttribute('hx-post')) return;
    form.dataset.sent = 'yes';
    setTimeout(() => delete form.dataset.sent, 4000);
  });

  // A refusal is where the eye and the screen reader go first.
  const toRefusal = () => document.getElementById('refused')?.focus();
  toRefusal();
  document.addEventListener('htmx:after:swap', (event) => {
    if (event.detail?.ctx?.request?.method === 'POST') toRefusal();
  });
})();
