// Adds up what the groups found, and says it.

/**
 * @typedef {{ name: string, passed: number, failed: import('./junit.mjs').Case[], skipped: import('./junit.mjs').Case[], seconds: number, log?: string }} Group
 */

/** A group as `bun test` left it: its report, checked against how the process ended. */
export function judged(name, { report, ended, seconds, log }) {
  const { passed, failed, skipped } = report ?? { passed: 0, failed: [], skipped: [] };
  const trouble = troubleOf(report, ended);
  const all =
    trouble === undefined
      ? failed
      : [...failed, { name: `${name}: ${trouble}`, place: log, detail: tail(ended.output) }];
  return { name, passed, failed: all, skipped, seconds, log };
}

function troubleOf(report, { code, signal, timedOut, output }) {
  if (timedOut) return 'did not end within its deadline';
  if (signal !== null) return `was ended by ${signal}`;
  if (report === undefined) return `wrote no report (code ${code})`;
  // What fails outside of a test (at the load of a file, say) is in bun's own count, but not in its report.
  const told = Number(/^\s*(\d+) fail$/m.exec(output)?.[1] ?? 0);
  if (told > report.failed.length) return 'something failed outside of its tests';
  if (code !== 0 && report.failed.length === 0) return `ended with code ${code}, though no test failed`;
  return undefined;
}

const TAIL = 40; // lines: enough for a trace and what led to it

function tail(output) {
  return output.trimEnd().split('\n').slice(-TAIL).join('\n');
}

/** What is said of one group when it has ended. */
export function groupLines({ name, passed, failed, skipped, seconds }) {
  const parts = [
    `${passed} passed`,
    `${failed.length} failed`,
    ...(skipped.length > 0 ? [`${skipped.length} skipped`] : []),
  ];
  const lines = [`== ${name}: ${parts.join(', ')} (${seconds.toFixed(1)} s)`];
  for (const { name: test, place, detail } of failed) {
    lines.push(
      `  FAILED  ${test}${place ? `  (${place})` : ''}`,
      ...detail.split('\n').map((line) => `    ${line}`),
    );
  }
  return lines;
}

/** The end of a run: what was skipped and why, and the one line that says it all. */
export function endLines(groups) {
  const failed = groups.flatMap((group) => group.failed);
  const skipped = groups.flatMap((group) => group.skipped);
  const passed = groups.reduce((sum, group) => sum + group.passed, 0);
  const lines = [];
  if (skipped.length > 0) lines.push('Skipped:', ...skipped.map((one) => `  ${one.name}: ${reason(one)}`));
  if (failed.length > 0)
    lines.push('Failed:', ...failed.map((one) => `  ${one.name}${one.place ? `  (${one.place})` : ''}`));
  const last = `${passed} passed, ${failed.length} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`;
  return { lines: [...lines, last], code: failed.length > 0 || passed === 0 ? 1 : 0 };
}

function reason({ detail, place }) {
  return detail === '' ? `left out by the test itself (${place})` : detail;
}
