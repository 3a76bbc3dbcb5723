/** Charts of use: uPlot, fetched only by those who scroll to them, fed by the API, and fed again every while. */

const AGAIN_MS = { hour: 15_000, day: 60_000, week: 300_000, month: 600_000, year: 600_000 };
const HEIGHT = 160;

/** Which points a chart draws, and how an axis writes them. */
const KINDS = {
  cpu: { series: [['used', (p) => p.cpu]], unit: (v) => number(v) },
  ram: { series: [['used', (p) => scale(p.ramMiB, 2 ** 20)]], unit: bytes },
  disk: {
    series: [
      ['read', (p) => p.diskReadBytes],
      ['write', (p) => p.diskWriteBytes],
    ],
    unit: bytes,
  },
  net: {
    series: [
      ['received', (p) => p.netRxBytes],
      ['sent', (p) => p.netTxBytes],
    ],
    unit: bytes,
  },
};

// British English writes the 24-hour clock that the page's own times are in.
const lang = document.documentElement.lang === 'en' ? 'en-GB' : document.documentElement.lang;

/** Steps of an axis of bytes: powers of two, so that its labels are round in the units that people read. */
const BYTE_STEPS = Array.from({ length: 50 }, (_, n) => 2 ** n);

function number(value, digits = 2) {
  return new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(value);
}

function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let n = 0;
  let rest = value;
  while (rest >= 1024 && n < units.length - 1) {
    rest /= 1024;
    n += 1;
  }
  return `${number(rest, rest < 10 && n > 0 ? 1 : 0)} ${units[n]}`;
}

function scale(value, by) {
  return value === null ? null : value * by;
}

/** Draws every chart of a box and keeps them fresh while the box is in the page. */
export async function drawCharts(box) {
  await loadPlot(box);
  const words = JSON.parse(box.dataset.words);
  const places = [...box.querySelectorAll('[data-chart]')];
  let plots = [];
  const draw = async () => {
    const points = await load(box.dataset.charts);
    if (points === null || !box.isConnected) return;
    if (plots.length > 0) {
      for (const plot of plots) plot.feed(points);
      return;
    }
    plots = places.map((place) => makePlot(place, words, points));
  };
  await draw();
  const timer = setInterval(() => {
    if (!box.isConnected) {
      clearInterval(timer);
      for (const plot of plots) plot.end();
    } else if (!document.hidden) draw();
  }, AGAIN_MS[box.dataset.span] ?? 60_000);
}

async function load(address) {
  try {
    const response = await fetch(address);
    return response.ok ? (await response.json()).points : null;
  } catch {
    return null;
  }
}

function makePlot(place, words, points) {
  const kind = KINDS[place.dataset.chart];
  const style = getComputedStyle(place);
  const colour = (name) => style.getPropertyValue(name).trim();
  const strokes = [colour('--accent'), colour('--warn')];
  const axis = {
    stroke: colour('--ink-soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui',
  };
  const data = (from) => [from.map((p) => p.t / 1000), ...kind.series.map(([, pick]) => from.map(pick))];
  const stamp = new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeStyle: 'short' });
  const options = {
    width: Math.max(200, place.clientWidth),
    height: HEIGHT,
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    legend: { live: true },
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1e-9)] } },
    axes: [
      { ...axis, space: 64, values: timeAxis() },
      {
        ...axis,
        size: 64,
        ...(kind.unit === bytes ? { incrs: BYTE_STEPS } : {}),
        values: (_, all) => all.map((value) => kind.unit(value)),
      },
    ],
    series: [
      { label: words.time, value: (_, t) => (t === null ? '–' : stamp.format(t * 1000)) },
      ...kind.series.map(([name], n) => ({
        label: words[name],
        stroke: strokes[n],
        width: 1.75,
        // Nothing measured is a gap, never a zero.
        spanGaps: false,
        value: (_, value) => (value === null ? '–' : kind.unit(value)),
      })),
    ],
  };
  if (points.length === 0) {
    const empty = document.createElement('p');
    empty.className = 'soft small';
    empty.textContent = words.empty;
    place.append(empty);
    return { feed() {}, end() {} };
  }
  const plot = new window.uPlot(options, data(points), place);
  const observer = new ResizeObserver(() =>
    plot.setSize({ width: Math.max(200, place.clientWidth), height: HEIGHT }),
  );
  observer.observe(place);
  return {
    feed: (from) => plot.setData(data(from)),
    end: () => {
      observer.disconnect();
      plot.destroy();
    },
  };
}

function timeAxis() {
  const hour = new Intl.DateTimeFormat(lang, { hour: '2-digit', minute: '2-digit' });
  const day = new Intl.DateTimeFormat(lang, { day: 'numeric', month: 'short' });
  return (_, times) => {
    const wide = times.length > 1 && times.at(-1) - times[0] > 2 * 86_400;
    return times.map((t) => (wide ? day : hour).format(t * 1000));
  };
}

let plotLoaded = null;
/** uPlot is a classic script; its style comes with it, so that pages without charts carry neither. */
function loadPlot(box) {
  plotLoaded ??= new Promise((done, fail) => {
    const style = document.createElement('link');
    style.rel = 'stylesheet';
    style.href = box.dataset.uplotCss;
    const script = document.createElement('script');
    script.src = box.dataset.uplot;
    script.onload = done;
    script.onerror = fail;
    document.head.append(style, script);
  });
  return plotLoaded;
}
