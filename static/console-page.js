/** The console's own tab: the bar's buttons around the screen. */
/** Long enough to read a sentence twice. */
const SAID_MS = 8000;
let quiet = 0;

const desk = document.getElementById('main');
const box = desk.querySelector('[data-screen-box]');
const bar = document.getElementById('bar');
const saying = desk.querySelector('[data-say]');
const clip = document.getElementById('clip-text');

const { openScreen } = await import(desk.dataset.module);
const screen = await openScreen(box, {
  id: desk.dataset.console,
  name: desk.dataset.name,
  data: desk.dataset,
  onPicture: () => screenFocus(),
  onSay: (text) => {
    saying.textContent = text;
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      saying.textContent = '';
    }, SAID_MS);
  },
  onClipboard: (text) => {
    clip.value = text;
  },
});

function screenFocus() {
  // Whoever is in the bar or a box stays there.
  if (document.activeElement === document.body || document.activeElement === null) screen?.focus();
}

const deeds = {
  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else desk.requestFullscreen?.().then(() => screen.focus());
  },
  fit(button) {
    const on = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(on));
    desk.classList.toggle('one-to-one', !on);
    screen.setFit(on);
  },
  'view-only'(button) {
    const on = button.getAttribute('aria-pressed') !== 'true';
    button.setAttribute('aria-pressed', String(on));
    screen.setViewOnly(on);
  },
  async picture() {
    const blob = await screen.picture();
    if (!blob) return;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${desk.dataset.name}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  },
  hide() {
    bar.hidden = true;
    const show = desk.querySelector('[data-do="show"]');
    show.hidden = false;
    screen.focus();
  },
  renew,
  show(button) {
    bar.hidden = false;
    button.hidden = true;
    bar.querySelector('button')?.focus();
  },
};

desk.addEventListener('click', (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.do) deeds[button.dataset.do]?.(button);
  if (button.dataset.keys) screen.press(button.dataset.keys);
  if (button.dataset.open) document.getElementById(button.dataset.open).showModal();
});

document.getElementById('type-box').addEventListener('close', async (event) => {
  const field = document.getElementById('type-text');
  if (event.target.returnValue === 'send')
    await screen.type(field.value, document.getElementById('type-layout').value);
  field.value = '';
  event.target.returnValue = '';
});
document.getElementById('clip-box').addEventListener('close', (event) => {
  if (event.target.returnValue === 'send') screen.paste(clip.value);
  event.target.returnValue = '';
  screen.focus();
});

// --- time left, by the minute; near its end, a warning with the way to more ------------------------------------------------

/** As the cloud's own warnings: the first, and from where on it is urgent. */
const WARN_MINUTES = 15;
const URGENT_MINUTES = 5;
const LOOK_MS = 15_000;

const left = desk.querySelector('[data-time-left]');
const lease = desk.querySelector('[data-lease]');
let ends = Number(desk.dataset.ends);
let warned = 0;

function timeWords(minutes) {
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours} h${minutes % 60 ? ` ${minutes % 60} min` : ''}` : `${minutes} min`;
}

function minutesLeft() {
  return Math.max(0, Math.ceil((ends - Date.now()) / 60_000));
}

async function showLeft() {
  if (!(ends > 0)) return;
  // Somebody may have given it more time elsewhere: asked once before each warning.
  const level = minutesLeft() <= URGENT_MINUTES ? 2 : minutesLeft() <= WARN_MINUTES ? 1 : 0;
  if (level > warned) await readEnd();
  const minutes = minutesLeft();
  warned = minutes <= URGENT_MINUTES ? 2 : minutes <= WARN_MINUTES ? 1 : 0;
  left.textContent = desk.dataset.left.replace('{time}', timeWords(minutes));
  lease.hidden = warned === 0 || minutes === 0;
  lease.classList.toggle('bad', warned === 2);
  const words = desk.dataset.warning.replace('{time}', timeWords(minutes));
  const said = lease.querySelector('[data-lease-words]');
  if (said.textContent !== words) said.textContent = words;
}

async function readEnd() {
  try {
    const response = await fetch(`/api/v1/vms/${desk.dataset.console}`);
    if (response.ok) ends = Number((await response.json()).leaseEnds ?? 0);
  } catch {
    // The screen says already that the cloud is away; what was known holds on.
  }
}

async function renew(button) {
  button.disabled = true;
  try {
    const response = await fetch(`/vms/${desk.dataset.console}/renew`, {
      method: 'POST',
      body: new URLSearchParams({ csrf: desk.dataset.csrf, back: `/vms/${desk.dataset.console}` }),
    });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const refusal = page.querySelector('#refused');
    saying.textContent = refusal ? refusal.innerText || refusal.textContent : desk.dataset.renewed;
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      saying.textContent = '';
    }, SAID_MS);
    await readEnd();
    warned = 0;
    await showLeft();
  } finally {
    button.disabled = false;
  }
  screen.focus();
}

showLeft();
setInterval(showLeft, LOOK_MS);
