// Reads the JUnit reports that `bun test` writes.

/**
 * @typedef {{ name: string, place: string, detail: string }} Case
 * @typedef {{ passed: number, failed: Case[], skipped: Case[] }} Report
 * @param {string} xml
 * @returns {Report}
 */
export function readJunit(xml) {
  const report = { passed: 0, failed: [], skipped: [] };
  let current;
  let words = '';
  for (const { tag, closes, empty, attributes, before } of tags(xml)) {
    words += before;
    if (tag === 'testcase' && !closes) {
      current = { attributes, kind: 'passed', detail: '' };
      if (empty) count(report, current);
    } else if (tag === 'testcase') {
      count(report, current);
    } else if ((tag === 'failure' || tag === 'error') && current !== undefined) {
      if (!closes)
        Object.assign(current, { kind: 'failed', detail: attributes.message ?? attributes.type ?? '' });
      if (closes && words.trim() !== '') current.detail = decoded(words.trim());
    } else if (tag === 'skipped' && !closes && current !== undefined) {
      Object.assign(current, { kind: 'skipped', detail: attributes.message ?? '' });
    }
    words = '';
  }
  return report;
}

function count(report, { attributes, kind, detail }) {
  if (kind === 'passed') {
    report.passed += 1;
    return;
  }
  const { name = '', classname = '', file = '', line = '' } = attributes;
  const full = classname === '' ? name : `${classname} > ${name}`;
  report[kind].push({ name: full, place: line === '' ? file : `${file}:${line}`, detail });
}

const TAG = /<(\/?)([\w-]+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>/g;

function* tags(xml) {
  let from = 0;
  for (const match of xml.matchAll(TAG)) {
    const attributes = {};
    for (const [, key, value] of match[3].matchAll(/([\w:-]+)="([^"]*)"/g)) attributes[key] = decoded(value);
    const before = xml.slice(from, match.index);
    yield { tag: match[2], closes: match[1] === '/', empty: match[4] === '/', attributes, before };
    from = match.index + match[0].length;
  }
}

const ENTITIES = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function decoded(text) {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[name] ?? whole;
    return String.fromCodePoint(decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal));
  });
}
