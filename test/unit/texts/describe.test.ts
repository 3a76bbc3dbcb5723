import { expect, describe as suite, test } from 'bun:test';
import type { Operation } from '../../../src/state/index.ts';
import { fieldProblem } from '../../../src/texts/field-problem.ts';
import {
  describe,
  formatBytes,
  formatDuration,
  isKnownCode,
  knownCodes,
  LANGS,
  uiOf,
} from '../../../src/texts/index.ts';
import { sampleFor } from './samples.ts';

suite('every code has its sentence', () => {
  for (const code of knownCodes) {
    test(code, () => {
      const said = LANGS.map((lang) => describe(code, sampleFor(code), lang));
      for (const { message, hint } of said) {
        for (const text of [message, hint]) {
          expect(text).not.toMatch(/undefined|\[object|NaN|\bnull\b|\s{2}|^\s|\s$/);
          expect(text.length).toBeGreaterThan(5);
          // A person reads whole sentences: they end like one, or with another program's own words.
          expect(text).toMatch(/([.?!)…]|: \S+)$/);
        }
        expect(message).not.toContain('no words for');
        expect(message).not.toContain('no tiene palabras');
      }
      const [en, es] = said;
      expect(es?.message).not.toBe(en?.message ?? '');
      expect(es?.hint).not.toBe(en?.hint ?? '');
    });
  }
});

suite('what no version knows', () => {
  test('an unknown code is named honestly', () => {
    for (const lang of LANGS) {
      const said = describe('quantum.flux', {}, lang);
      expect(said.message).toContain('quantum.flux');
      expect(said.hint).not.toBe('');
    }
    expect(isKnownCode('quantum.flux')).toBe(false);
  });

  test('names of Object.prototype are no codes', () => {
    for (const code of ['constructor', 'toString', '__proto__']) {
      expect(describe(code, {}, 'en').message).toContain(code);
    }
  });

  test('data of another shape never throws and never shows', () => {
    for (const code of knownCodes) {
      for (const lang of LANGS) {
        const said = describe(code, {}, lang);
        expect(said.message).not.toContain('undefined');
        expect(said.hint).not.toBe('');
      }
    }
  });

  test('a fault that itself speaks of undefined is told as it is', () => {
    const said = describe('internal', { reference: 'TypeError: undefined is not an object' }, 'en');
    expect(said.message).toContain('TypeError');
  });

  test('a chain of causes ends', () => {
    const chain: { code: string; data: Record<string, unknown> } = {
      code: 'image.import_failed',
      data: { image: 'a' },
    };
    chain.data.cause = chain;
    expect(describe(chain.code, chain.data, 'en').message.length).toBeLessThan(500);
  });
});

suite('fields at fault', () => {
  const cases: [string, ReturnType<typeof fieldProblem>][] = [
    ['Invalid input: expected string, received undefined', { kind: 'missing' }],
    ['Invalid input: expected string, received number', { kind: 'type', expected: 'string' }],
    ['Too big: expected string to have <=63 characters', { kind: 'most', of: 'text', bound: 63 }],
    ['Too small: expected array to have >=1 items', { kind: 'least', of: 'list', bound: 1 }],
    ['Too small: expected number to be >0', { kind: 'least', of: 'number', bound: 1 }],
    ['Invalid option: expected one of "a"|"b"', { kind: 'choice', choices: ['a', 'b'] }],
    ['Invalid string: must match pattern /a/', { kind: 'malformed' }],
    ['id.malformed', { kind: 'id' }],
  ];
  for (const [problem, expected] of cases) {
    test(problem, () => {
      expect(fieldProblem(problem)).toEqual(expected);
      for (const lang of LANGS) {
        expect(describe('payload.invalid', { field: 'name', problem }, lang).hint).not.toBe('');
      }
    });
  }
});

suite('a cause inside', () => {
  test('an import that failed says why', () => {
    const cause = { code: 'image.import_lost', data: { node: 'pc-3' } };
    const said = describe('image.import_failed', { image: 'Debian', cause }, 'en');
    expect(said.message).toContain('Debian');
    expect(said.message).toContain('pc-3');
  });
});

suite('numbers for people', () => {
  test('bytes', () => {
    expect(formatBytes(0, 'en')).toBe('0 B');
    expect(formatBytes(1536, 'en')).toBe('1.5 kB');
    expect(formatBytes(1536, 'es')).toBe('1,5 kB');
    expect(formatBytes(13 * 2 ** 30, 'en')).toBe('13 GB');
  });

  test('durations', () => {
    expect(formatDuration(400, 'en')).toBe('0.4 s');
    expect(formatDuration(45_000, 'en')).toBe('45 s');
    expect(formatDuration(125_000, 'en')).toBe('2 min 5 s');
    expect(formatDuration(80 * 60_000, 'en')).toBe('1 h 20 min');
    expect(formatDuration(51 * 3_600_000, 'en')).toBe('2 d 3 h');
  });
});

test('why an address does not answer is told in words, and as it is where there are none', () => {
  const said = (reason: string, lang: 'en' | 'es') =>
    describe('images.url_unreachable', { host: 'x', reason }, lang).message;
  expect(said('ECONNREFUSED', 'en')).toContain('nothing listens there');
  expect(said('ENOTFOUND', 'es')).toContain('nadie conoce ese nombre');
  expect(said('EWHATEVER', 'en')).toContain('EWHATEVER');
});

test('every kind of work has a name in lists', () => {
  // Complete by its type: a new kind does not compile until it is here.
  const kinds: Readonly<Record<Operation['kind'], true>> = {
    'vm.start': true,
    'vm.stop': true,
    'vm.reboot': true,
    'vm.suspend': true,
    'vm.resume': true,
    'vm.remove': true,
    'vm.save': true,
    'image.import': true,
    'image.deploy': true,
    'image.publish': true,
    'image.remove': true,
  };
  for (const lang of LANGS)
    expect(Object.keys(uiOf(lang).operations.kinds).toSorted()).toEqual(Object.keys(kinds).toSorted());
});
