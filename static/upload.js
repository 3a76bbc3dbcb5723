/**
 * Sending a file in pieces. After a break (network, node, browser) the server is asked how much it has, and sending goes on there.
 * What is remembered between visits is only the upload's id and which file it was; the browser does not let a page reopen a file.
 */

/** A piece: a break costs at most this much, and progress moves often enough to be believed. */
const PIECE = 8 * 1024 * 1024;
const WAITS_S = [1, 2, 5, 10, 20];
const REMEMBERED = 'labmesh-upload';
/** A PC that has just started may take a moment to know again who is signed in. */
const STRANGER_TRIES = 4;

const form = document.getElementById('import');
const words = JSON.parse(form.dataset.words);
const base = form.dataset.upload;
const csrf = form.elements.csrf.value;
const picker = form.querySelector('#file');
const box = form.querySelector('[data-progress]');
const bar = box.querySelector('progress');
const status = box.querySelector('[data-status]');
const pauseButton = box.querySelector('[data-pause]');
const cancelButton = box.querySelector('[data-cancel]');
const submit = form.querySelector('button[type="submit"]');
const lang = document.documentElement.lang;

let paused = false;
let wake = null;
let request = null;
let cancelled = false;
let sending = false;

const remembered = () => {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED) ?? 'null');
  } catch {
    return null;
  }
};
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);

function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let n = 0;
  let rest = value;
  while (rest >= 1024 && n < units.length - 1) {
    rest /= 1024;
    n += 1;
  }
  return `${new Intl.NumberFormat(lang, { maximumFractionDigits: rest < 10 && n > 0 ? 1 : 0 }).format(rest)} ${units[n]}`;
}

function duration(seconds) {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function show(text, share) {
  box.hidden = false;
  status.textContent = text;
  if (share !== undefined) bar.value = Math.floor(share * 100);
}

async function call(method, path, body, headers = {}) {
  const response = await fetch(base + path, {
    method,
    body,
    headers: { 'x-csrf-token': csrf, ...headers },
    signal: request?.signal,
  });
  if (response.status === 204) return null;
  const answer = await response.json();
  if (!response.ok)
    throw Object.assign(new Error(`${answer.message} ${answer.hint}`), {
      refused: response.status < 500 || response.status === 507,
      stranger: response.status === 401,
      code: answer.code,
    });
  return answer;
}

const isSame = (former, file) =>
  former.name === file.name && former.size === file.size && former.modified === file.lastModified;

/** An upload of this very file that was begun before, or a new one. */
async function begin(file) {
  const former = remembered();
  if (former && isSame(former, file)) {
    try {
      return await call('GET', `/${former.id}`);
    } catch (error) {
      if (!error.refused || error.stranger) throw error;
      localStorage.removeItem(REMEMBERED); // the node has forgotten it: from the start
    }
  }
  const made = await call('POST', '', JSON.stringify({ name: file.name, sizeBytes: file.size }), {
    'content-type': 'application/json',
  });
  localStorage.setItem(
    REMEMBERED,
    JSON.stringify({ id: made.id, name: file.name, size: file.size, modified: file.lastModified }),
  );
  return made;
}

async function send(file) {
  let upload = null;
  let failures = 0;
  const began = performance.now();
  let beganAt = 0;
  while (!cancelled) {
    if (paused) {
      show(fill(words.paused, { done: bytes(upload?.offset ?? 0), total: bytes(file.size) }));
      await new Promise((go) => {
        wake = go;
      });
      continue;
    }
    request = new AbortController();
    try {
      if (upload === null) {
        upload = await begin(file);
        beganAt = upload.offset;
      }
      if (upload.offset >= file.size) return upload;
      const piece = file.slice(upload.offset, upload.offset + PIECE);
      upload = await call('PATCH', `/${upload.id}?offset=${upload.offset}`, piece, {
        'content-type': 'application/octet-stream',
      });
      failures = 0;
      const rate = (upload.offset - beganAt) / Math.max(0.001, (performance.now() - began) / 1000);
      const values = {
        done: bytes(upload.offset),
        total: bytes(file.size),
        rate: bytes(rate),
        eta: duration((file.size - upload.offset) / Math.max(1, rate)),
      };
      show(fill(words.sending, values), upload.offset / file.size);
    } catch (error) {
      if (cancelled || paused) continue;
      // A wrong offset means that a piece arrived whose answer did not: ask, and go on from there.
      const passes = error.stranger && failures < STRANGER_TRIES;
      if (error.refused && !passes && !/offset/.test(error.code ?? '')) throw error;
      const seconds = WAITS_S[Math.min(failures++, WAITS_S.length - 1)];
      if (!error.refused || passes) show(fill(words.offline, { seconds }));
      await new Promise((go) => {
        wake = go;
        setTimeout(go, seconds * 1000);
      });
      if (upload) upload = await call('GET', `/${upload.id}`).catch(() => upload);
    }
  }
  return null;
}

function begins() {
  sending = true;
  cancelled = false;
  paused = false;
  submit.disabled = true;
  pauseButton.hidden = false;
  pauseButton.textContent = words.pause;
}

form.addEventListener('submit', async (event) => {
  if (form.elements.upload.value !== '') return; // everything has arrived: the form itself goes now
  event.preventDefault();
  event.stopImmediatePropagation();
  if (sending) return;
  const file = picker.files[0];
  if (!file) {
    show(words.choose);
    picker.focus();
    return;
  }
  begins();
  show(words.starting, 0);
  try {
    const upload = await send(file);
    if (upload) {
      form.elements.upload.value = upload.id;
      show(words.checking, 1);
      pauseButton.hidden = true;
      cancelButton.hidden = true;
      localStorage.removeItem(REMEMBERED);
      form.submit();
      return;
    }
    show(words.cancelled, 0);
  } catch (error) {
    show(error.message);
  }
  sending = false;
  submit.disabled = false;
  pauseButton.hidden = true;
});

pauseButton.addEventListener('click', () => {
  paused = !paused;
  pauseButton.textContent = paused ? words.resume : words.pause;
  if (paused) request?.abort();
  wake?.();
});

cancelButton.addEventListener('click', async () => {
  cancelled = true;
  request?.abort();
  wake?.();
  const former = remembered();
  localStorage.removeItem(REMEMBERED);
  form.elements.upload.value = '';
  request = null;
  if (former) await call('DELETE', `/${former.id}`).catch(() => {});
  show(words.cancelled, 0);
});

// The name of the image is proposed from the file's; what was typed stays.
picker.addEventListener('change', () => {
  const file = picker.files[0];
  const name = form.elements.name;
  if (file && name.value === '') name.value = file.name.replace(/\.[a-z0-9]+$/i, '').slice(0, 63);
  const former = remembered();
  if (!file || !former || sending) return;
  if (isSame(former, file)) foundBefore(former);
  else show(fill(words.other, { name: former.name, size: bytes(former.size) }));
});

// Leaving in the middle is said once by the browser itself; nothing that was sent is lost.
window.addEventListener('beforeunload', (event) => {
  if (sending && form.elements.upload.value === '' && !cancelled) event.preventDefault();
});

/** Begun on an earlier visit: says how far it is, and that it goes on from there. */
function foundBefore(former) {
  call('GET', `/${former.id}`)
    .then((upload) => {
      if (sending) return;
      const values = { name: former.name, done: bytes(upload.offset), total: bytes(upload.sizeBytes) };
      const isChosen = picker.files.length > 0;
      show(fill(isChosen ? words.goesOn : words.found, values), upload.offset / upload.sizeBytes);
    })
    .catch((error) => error.refused && !error.stranger && localStorage.removeItem(REMEMBERED));
}

pauseButton.hidden = true; // until something is sent
const former = remembered();
if (form.elements.upload.value !== '') {
  picker.closest('[data-pick]').hidden = true; // refused for its name, or to be taken as raw: the file itself is here already
  cancelButton.hidden = true;
  show(words.here, 1);
} else if (former) {
  foundBefore(former);
}
