/**
 * An image is changed on a PC that had none of it, and that PC is lost: the change goes on elsewhere from its saved work and is published there; only
 * what was changed travels (I5, I7). Three PCs, of which two host. One lab, in order: what one test leaves the next finds.
 */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { Lab, nameOf } from '../support/lab.ts';
import { addDemo, Worker } from '../support/lab-work.ts';
import type { VmJson } from '../support/node.ts';
import { kill } from '../support/processes.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(200_000);
const LONG_MS = 120_000;
/** PC 0 founds the cloud and is asked; it hosts nothing, so it keeps no copies beyond what is imported there. */
const [FOUNDER, EDITING, OTHER] = [0, 1, 2];
let lab: Lab;
let edit: Worker;

interface VersionJson {
  id: string;
  number: number;
  current: boolean;
  newBytes: number;
  storedBytes: number;
}

beforeAll(async () => {
  lab = await Lab.start(3, { hosting: [EDITING, OTHER] });
  await lab.form();
  await lab.cli(FOUNDER, ['setting', 'set', 'node.lost_after', '10']);
  await addDemo(lab, FOUNDER);
  edit = new Worker(lab, 'change');
});
afterAll(() => lab?.close());

const versions = () => lab.cli<VersionJson[]>(FOUNDER, ['image', 'versions', 'demo']);

test('I7 opened on another PC, changed, and saved when it stops', async () => {
  await lab.cli(FOUNDER, ['node', 'drain', nameOf(OTHER)]);
  const opened = await lab.cli<VmJson>(FOUNDER, [
    'image',
    'edit',
    'demo',
    '--size',
    'lab',
    '--name',
    'change',
  ]);
  expect(opened).toMatchObject({ name: 'change', node: nameOf(EDITING) });
  await edit.ready(FOUNDER);
  await edit.mark(FOUNDER, 'changed-by-the-teacher');
  await lab.cli(FOUNDER, ['node', 'undrain', nameOf(OTHER)]);
  await lab.cli(FOUNDER, ['vm', 'stop', 'change']);
  await edit.untilVm(FOUNDER, 'saved on two PCs', (vm) => vm.work?.saved?.nodes.length === 2);
});

test('GF26 its PC is lost: nothing is published meanwhile, and the change goes on elsewhere with what was done', async () => {
  for (const pid of lab.pc(EDITING).qemuPids()) kill(pid);
  await lab.kill9(EDITING);
  await until('it counts as lost', async () => (await lab.seen(FOUNDER, EDITING)).state === 'lost', LONG_MS);
  // Stopped and wholly saved, it simply starts where there is room.
  await lab.cli(FOUNDER, ['vm', 'start', 'change']);
  await edit.ready(FOUNDER);
  expect((await edit.vm(FOUNDER)).node).toBe(nameOf(OTHER));
  expect(await edit.marked(FOUNDER)).toBe('changed-by-the-teacher');
});

test('I5 I8 published there, it is the image of new labs; only what was changed is new', async () => {
  await lab.cli(FOUNDER, ['image', 'publish', 'change', '--as', 'demo']);
  const [second, first] = await versions();
  expect(second).toMatchObject({ number: 2, current: true });
  expect(second?.newBytes).toBeLessThan((first?.storedBytes ?? 0) / 2);
  console.log(`new in version 2: ${second?.newBytes} of ${first?.storedBytes} bytes`);
  await lab.cli(FOUNDER, ['vm', 'start', '--image', 'demo', '--size', 'lab', '--name', 'probe']);
  const probe = new Worker(lab, 'probe');
  await probe.ready(FOUNDER);
  expect(await probe.marked(FOUNDER)).toBe('changed-by-the-teacher');
});
