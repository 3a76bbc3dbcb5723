/**
 * Runs in a mount namespace of its own: makes a small disk, fills it under a working log, and prints what it saw as
 * one line of JSON. Arguments: an empty folder to mount on, and in the worker's case 'worker'.
 */
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Agreement,
  defaultSettings,
  ElectionError,
  openMeshedAgreement,
} from '../../../../src/election/index.ts';
import { LevelStore } from '../../../../src/election/level-store.ts';
import { silentLogger } from '../../../../src/state/logger.ts';
import { nobody } from './hub.ts';
import { listMachine } from './list-machine.ts';

const [root = '', role = 'driver'] = process.argv.slice(2);
const dir = join(root, 'log');
const ballast = join(root, 'ballast');
/** The disk is this small so that it fills within a second; the log's own margin is set to match. */
const DISK = '24m';
const settings = { minFreeBytes: 6 * 1024 * 1024, retryMs: 20 };

function open() {
  const machine = listMachine();
  return {
    machine,
    log: openMeshedAgreement({
      dir,
      nodeId: 'n',
      machine,
      logger: silentLogger,
      clock: Date.now,
      transport: nobody(),
      settings,
    }),
  };
}

/** Takes what is free, but for `leave` bytes. */
function fill(leave: number): void {
  rmSync(ballast, { force: true });
  const { bavail, bsize } = statfsSync(root);
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
}

/** Proposes until the disk is full; returns what was confirmed, and how it ended. */
async function proposeUntilFull(log: Agreement<number>, first: number) {
  const confirmed: number[] = [];
  for (let number = first; number < first + 20_000; number++) {
    try {
      await log.propose({ number, filler: 'x'.repeat(3_000) }, { timeoutMs: 10_000 });
      confirmed.push(number);
    } catch (error) {
      return {
        confirmed,
        refused: number,
        code: error instanceof ElectionError ? error.code : String(error),
      };
    }
  }
  return { confirmed, refused: -1, code: 'never full' };
}

const numbersOf = (machine: ReturnType<typeof listMachine>) =>
  machine.applied.map(({ command }) => (command as { number: number }).number);

async function driver() {
  const mount = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', `size=${DISK}`, 'labmesh-test', root]);
  if (!mount.success) throw new Error(mount.stderr.toString());
  const seen: Record<string, unknown> = {};

  const first = open();
  await first.log.start();
  await first.log.propose({ number: 0 }, { timeoutMs: 10_000 });
  fill(500_000);
  const full = await proposeUntilFull(first.log, 1);
  seen.code = full.code;
  seen.confirmedBeforeFull = full.confirmed.length;
  seen.warnings = first.log.status().warnings.map(({ code }) => code);
  seen.barrier = await first.log.readBarrier(1_000);
  seen.applied = first.machine.applied.length;
  seen.second = (await proposeUntilFull(first.log, 10_000_000)).code;

  rmSync(ballast);
  const deadline = performance.now() + 10_000;
  while (first.log.status().warnings.length > 0 && performance.now() < deadline) await Bun.sleep(5);
  seen.warningsAfter = first.log.status().warnings;
  await first.log.propose({ number: 20_000_000 }, { timeoutMs: 10_000 });
  const expected = [0, ...full.confirmed, 20_000_000];
  seen.liveIsRight = Bun.deepEquals(numbersOf(first.machine), expected);
  await first.log.stop();

  // A process that is killed with the disk full, and one that starts on it.
  const worker = Bun.spawnSync([process.execPath, import.meta.path, root, 'worker']);
  const [workerConfirmed = [], workerCode] = JSON.parse(worker.stdout.toString() || '[]') as [
    number[]?,
    string?,
  ];
  seen.workerCode = workerCode;
  seen.workerConfirmed = workerConfirmed.length;
  const onFull = open();
  seen.startOnFull = await onFull.log.start().then(
    () => 'started',
    (error: unknown) => (error instanceof ElectionError ? error.code : String(error)),
  );
  await onFull.log.stop();

  rmSync(ballast);
  seen.storeAfterFailure = await storeAfterFailure();
  rmSync(ballast);
  const last = open();
  await last.log.start();
  const numbers = numbersOf(last.machine);
  // The one that was being written when the disk filled may be there if its process died before it could take it back.
  const known = [...expected, ...workerConfirmed];
  seen.allThere = Bun.deepEquals(numbers.slice(0, known.length), known);
  seen.extra = numbers.length - known.length;
  await last.log.propose({ number: 40_000_000 }, { timeoutMs: 10_000 });
  await last.log.stop();
  console.log(JSON.stringify(seen));
}

/** D6: the code of a write after a failed one, although there is space again, and after reopening. */
async function storeAfterFailure(): Promise<string[]> {
  const store = new LevelStore({
    dir: `${dir}-2`,
    nodeId: 'n',
    logger: silentLogger,
    clock: Date.now,
    ...defaultSettings,
  });
  await store.open();
  const write = (index: number, bytes: number) => {
    const entry = { index, term: 0, kind: 'command' as const, body: JSON.stringify('x'.repeat(bytes)) };
    return store.persist({ hard: null, removed: null, entries: [entry] }).then(
      () => 'written',
      (error: unknown) => (error instanceof ElectionError ? error.code : String(error)),
    );
  };
  const codes = [await write(1, 10)];
  fill(100_000);
  codes.push(await write(2, 1_000_000));
  fill(10_000_000);
  codes.push(await write(2, 10));
  await store.reopen();
  codes.push(await write(2, 10));
  await store.close();
  return codes;
}

async function worker() {
  const { log } = open();
  await log.start();
  fill(300_000);
  const { confirmed, code } = await proposeUntilFull(log, 30_000_000);
  fill(0);
  await Bun.write(Bun.stdout, JSON.stringify([confirmed, code]));
  process.kill(process.pid, 'SIGKILL');
}

await (role === 'worker' ? worker() : driver());
