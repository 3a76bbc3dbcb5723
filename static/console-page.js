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

// Time left, by the minute.
const left = desk.querySelector('[data-time-left]');
const ends = Number(desk.dataset.ends);
if (ends > 0) {
  setInterval(() => {
    const minutes = Math.max(0, Math.ceil((ends - Date.now()) / 60_000));
    const hours = Math.floor(minutes / 60);
    const words = hours > 0 ? `${hours} h${minutes % 60 ? ` ${minutes % 60} min` : ''}` : `${minutes} min`;
    left.textContent = desk.dataset.left.replace('{time}', words);
  }, 15_000);
}
