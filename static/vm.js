/** The page of a VM (and of a PC): charts once they come into view, the log while it is open, the screen when asked for. */

/** How often the log is asked for while it is open. */
const LOG_MS = 2000;

/** Each part is set up once; a page that was morphed may bring new ones. */
const known = new WeakSet();

function setUp() {
  for (const box of document.querySelectorAll('[data-charts]')) once(box, charts);
  for (const box of document.querySelectorAll('[data-log]')) once(box, log);
  for (const box of document.querySelectorAll('[data-embed]')) once(box, embed);
}

function once(element, work) {
  if (known.has(element)) return;
  known.add(element);
  work(element);
}

function charts(box) {
  const observer = new IntersectionObserver(async (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    const { drawCharts } = await import(box.dataset.module);
    await drawCharts(box);
  });
  observer.observe(box);
}

function log(box) {
  const pre = box.querySelector('pre');
  let timer = 0;
  const load = async () => {
    clearTimeout(timer);
    if (!box.open || !box.isConnected) return;
    try {
      const response = await fetch(box.dataset.log);
      if (response.ok) show(await response.text());
    } catch {
      // the page says already that the cloud is away; the next round asks again
    }
    timer = setTimeout(load, LOG_MS);
  };
  const show = (text) => {
    if (pre.textContent === text) return;
    const atEnd = pre.scrollTop + pre.clientHeight >= pre.scrollHeight - 8;
    pre.textContent = text || pre.dataset.empty;
    if (atEnd) pre.scrollTop = pre.scrollHeight;
  };
  box.addEventListener('toggle', load);
}

function embed(box) {
  const button = box.querySelector('[data-connect]');
  button.addEventListener('click', async () => {
    button.disabled = true;
    const { openScreen } = await import(box.dataset.module);
    button.remove();
    const status = box.querySelector('[data-status]');
    status.hidden = false;
    const screen = await openScreen(box, {
      id: box.dataset.embed,
      name: box.dataset.name,
      data: box.dataset,
      onPicture: () => box.querySelector('.still-image')?.remove(),
      onSay: () => {},
      onClipboard: () => {},
    });
    screen.focus();
    // The box goes when the VM stops: then its connection goes with it.
    const observer = new MutationObserver(() => {
      if (box.isConnected) return;
      observer.disconnect();
      screen.close();
    });
    observer.observe(document.getElementById('frame'), { childList: true, subtree: true });
  });
}

setUp();
document.addEventListener('htmx:after:swap', setUp);
