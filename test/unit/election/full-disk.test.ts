import { expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freshDir } from './support/temp.ts';

const probe = process.getuid?.() === 0 ? Bun.spawnSync(['unshare', '--mount', 'true']) : null;
const mayMount = probe?.success === true;
const name =
  'D1 D6 R1 R2 R3 R4 a full disk: reads go on, writes are refused and come back, nothing confirmed is lost';

test.skipIf(!mayMount)(
  mayMount ? name : `${name} (skipped: needs root and mount namespaces)`,
  () => {
    const root = freshDir();
    mkdirSync(root);
    const driver = join(import.meta.dir, 'support/full-disk-driver.ts');
    const run = Bun.spawnSync(
      ['unshare', '--mount', '--propagation', 'private', process.execPath, driver, root],
      {
        timeout: 60_000,
      },
    );
    expect(run.stderr.toString()).toBe('');
    const seen: Record<string, unknown> = JSON.parse(run.stdout.toString());
    expect(seen).toMatchObject({
      code: 'log.disk_full',
      second: 'log.disk_full',
      warnings: ['log.disk_full'],
      warningsAfter: [],
      liveIsRight: true,
      workerCode: 'log.disk_full',
      startOnFull: 'log.disk_full',
      allThere: true,
      storeAfterFailure: ['written', 'log.disk_full', 'log.disk_full', 'written'],
    });
    expect(seen.applied).toBe(Number(seen.confirmedBeforeFull) + 1);
    expect(Number(seen.confirmedBeforeFull)).toBeGreaterThan(10);
    expect(Number(seen.workerConfirmed)).toBeGreaterThan(0);
    expect(Number(seen.extra)).toBeLessThanOrEqual(1);
  },
  70_000,
);
