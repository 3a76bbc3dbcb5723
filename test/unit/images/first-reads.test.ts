/** Advice from other PCs about the order of reads: bounded, and nothing goes wrong when it is nonsense. */
import { expect, test } from 'bun:test';
import { decodeFirstReads, mergedReads } from '../../../src/images/first-reads.ts';

test.each([
  ['no JSON', 'x'],
  ['another thing', '{"a":1}'],
  ['negative', '[-1]'],
  ['no whole number', '[1.5]'],
  ['beyond any image', '[99999999999]'],
  ['too many', JSON.stringify(Array.from({ length: 5000 }, (_, i) => i))],
  ['too long', `[${' '.repeat(70_000)}1]`],
])('X3 %s is no advice', (_, text) => {
  expect(decodeFirstReads(text)).toEqual([]);
});

test('a list of chunks is taken as it is', () => {
  expect(decodeFirstReads('[3,1,2]')).toEqual([3, 1, 2]);
});

test('the newest boot goes first, each chunk once, and the list stays short', () => {
  expect(mergedReads([5, 1], [1, 2])).toEqual([5, 1, 2]);
  const many = Array.from({ length: 5000 }, (_, i) => i);
  expect(mergedReads(many, [])).toHaveLength(4096);
});
