/** N3: a node says whether somebody sits at it. */
import { afterEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLocalUserPresent } from '../../../src/node/host/local-user.ts';

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});
function sessions(...texts: string[]): string {
  const dir = mkdtempSync(join(tmpdir(), 'labmesh-sessions-'));
  dirs.push(dir);
  for (const [n, text] of texts.entries()) writeFileSync(join(dir, String(n)), text);
  return dir;
}

test('an active session of a person at the screen counts', async () => {
  expect(await isLocalUserPresent(sessions('UID=1000\nACTIVE=1\nSEAT=seat0\nCLASS=user\n'))).toBe(true);
});

test('a login screen, a session over the network and one in the background do not', async () => {
  const dir = sessions(
    'ACTIVE=1\nSEAT=seat0\nCLASS=greeter\n',
    'ACTIVE=1\nREMOTE=1\nCLASS=user\n',
    'ACTIVE=0\nSEAT=seat0\nCLASS=user\n',
  );
  expect(await isLocalUserPresent(dir)).toBe(false);
});

test('a PC without logind has nobody to tell of', async () => {
  expect(await isLocalUserPresent('/nowhere/at/all')).toBe(false);
});
