import { expect, test } from 'bun:test';
import { jsonLogger, terminalLogger } from '../../../src/node/log-lines.ts';

test('a machine reads one JSON object a line, with what is bound to the logger', () => {
  const lines: string[] = [];
  const log = jsonLogger('info', (line) => lines.push(line)).child({ service: 'images' });
  log.debug('not this');
  log.info('image imported', { chunks: 3, note: 'two\nlines' });
  expect(lines).toHaveLength(1);
  expect(lines[0]?.endsWith('}\n')).toBe(true);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    message: 'image imported',
    service: 'images',
    chunks: 3,
    note: 'two\nlines',
  });
});

test('a person reads what went wrong and nothing else, a line each, whatever is in the data', () => {
  const lines: string[] = [];
  const log = terminalLogger((line) => lines.push(line)).child({ service: 'vms' });
  log.info('ready');
  log.warn('a VM did not start', { reason: 'no\nroom\u001b[31m', long: 'x'.repeat(5000) });
  expect(lines).toHaveLength(1);
  const [line = ''] = lines;
  expect(line).toMatch(
    /^\d\d:\d\d:\d\d warning: a VM did not start service=vms reason=no room \[31m long=x+\n$/,
  );
  expect(line.length).toBeLessThan(500);
});
