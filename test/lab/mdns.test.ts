/** N14 PCs that find each other by multicast where no address that they know is right any more. Only where asked for, only inside. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test';
import { Lab } from '../support/lab.ts';
import { linksOfPc } from '../support/switch.ts';
import { until } from '../support/until.ts';

setDefaultTimeout(300_000);
let lab: Lab;

beforeAll(async () => {
  lab = await Lab.start(2, { hosting: [], flags: ['--mdns'] });
  await lab.form();
});
afterAll(() => lab?.close());

test('multicast stays inside: the network of a lab has cables to its PCs and to nothing else', () => {
  expect(lab.links()).toEqual(['far', 'lo', 'near', 'port0', 'port1']);
  for (const pc of lab.pcs) expect(linksOfPc(pc)).toEqual(['lan0', 'lo']);
});

test('N14 with --mdns two PCs that both got another address find each other', async () => {
  await lab.kill9(1);
  await lab.kill9(0);
  // Both move to addresses that neither the log nor any file of the other knows.
  lab.move(0, 40);
  lab.move(1, 41);
  await lab.startNode(0);
  await lab.startNode(1);
  await until(
    'each hears the other',
    async () => {
      const [one, other] = await Promise.all([lab.seen(0, 1), lab.seen(1, 0)]);
      return one.state === 'ready' && one.seenMs !== null && other.seenMs !== null;
    },
    60_000,
  );
  await lab.must(1, 'POST', '/courses', { name: 'found', places: 20 });
  const courses = await lab.must<{ name: string }[]>(0, 'GET', '/courses');
  expect(courses.map(({ name }) => name)).toEqual(['found']);
});
