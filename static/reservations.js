/** The calendar with a pointer: a click on a free hour, or a stretch drawn over several, opens the form with that time. */

/** Half an hour to a row, as the page draws it. */
const SLOT_MINUTES = 30;
const ROWS_OF_HOUR = 2;

let drawn = null;

/** The row under the pointer, from 1. */
function rowAt(slots, event) {
  const box = slots.getBoundingClientRect();
  const rowHeight = Number.parseFloat(getComputedStyle(slots).gridAutoRows);
  return Math.max(1, Math.floor((event.clientY - box.top) / rowHeight) + 1);
}

function show({ mark, from }, to) {
  const [first, last] = [Math.min(from, to), Math.max(from, to)];
  mark.className = `picked at-${first} for-${last - first + 1}`;
}

document.addEventListener('pointerdown', (event) => {
  const slots = event.target.closest?.('.week .slots[data-day]');
  // On a phone the week is a list: there is nothing to draw on.
  if (!slots || event.button !== 0 || event.target.closest('.booked') || event.pointerType === 'touch')
    return;
  const mark = document.createElement('li');
  mark.setAttribute('aria-hidden', 'true');
  slots.append(mark);
  drawn = { slots, mark, from: rowAt(slots, event) };
  show(drawn, drawn.from);
  event.preventDefault();
});

document.addEventListener('pointermove', (event) => {
  if (drawn) show(drawn, rowAt(drawn.slots, event));
});

document.addEventListener('pointerup', (event) => {
  if (!drawn) return;
  const { slots, mark, from } = drawn;
  drawn = null;
  mark.remove();
  const to = rowAt(slots, event);
  const week = slots.closest('[data-week]');
  const minutes = Number(week.dataset.from) * 60 + (Math.min(from, to) - 1) * SLOT_MINUTES;
  const address = new URL(week.dataset.add, location.href);
  address.searchParams.set('day', slots.dataset.day);
  address.searchParams.set(
    'time',
    [minutes / 60, minutes % 60].map((n) => String(Math.floor(n)).padStart(2, '0')).join(':'),
  );
  const hours = Math.ceil((Math.abs(to - from) + 1) / ROWS_OF_HOUR);
  // A single click says when, not how long.
  if (to !== from) address.searchParams.set('hours', String(hours));
  location.href = address.href;
});

document.addEventListener('pointercancel', () => {
  drawn?.mark.remove();
  drawn = null;
});
