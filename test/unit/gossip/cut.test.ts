/** A cut network heals within a dial, though the connections of before stay silent for longer than anybody waits (GF25). */
import { afterEach, expect, test } from 'bun:test';
import { Channel } from '../../../src/gossip/channel/channel.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { openCable } from '../../support/cable.ts';
import { cleanup, FakeMembership } from '../../support/mesh.ts';
import { type LabMesh, memberOf, startMesh } from '../../support/mesh-lab.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

/** Three meshes that reach one another over cables only. */
async function cabled() {
  const membership = new FakeMembership();
  const nodes: LabMesh[] = [];
  for (let n = 0; n < 3; n++) nodes.push(await startMesh(later, membership, n));
  const cables = nodes.map(({ mesh }) => {
    const port = Number(mesh.host.addresses()[0]?.split('/').at(-1));
    return openCable(later, port);
  });
  membership.set(
    nodes.map((node, n) => ({ ...memberOf(node), addresses: [`/ip4/127.0.0.1/tcp/${cables[n]?.port}`] })),
  );
  return { nodes, cables };
}

/** Messages as agreement sends them: repeated, and never waited for. */
async function talker({ mesh }: LabMesh) {
  const heard: string[] = [];
  const channel = new Channel({
    host: mesh.host,
    logger: silentLogger,
    clock: Date.now,
    name: 'test',
    maxMessageBytes: 1_000,
    queue: { maxMessages: 10, maxBytes: 10_000 },
    onMessage: (from, bytes) => heard.push(`${from} ${new TextDecoder().decode(bytes)}`),
  });
  await channel.start();
  later(() => channel.stop());
  return { heard, say: (to: string, text: string) => channel.send(to, new TextEncoder().encode(text), true) };
}

test('GF25 messages pass again after a cut though the connections of before stay silent', async () => {
  const { nodes, cables } = await cabled();
  const [a, b] = nodes as [LabMesh, LabMesh, LabMesh];
  const [one, two] = [await talker(a), await talker(b)];
  const passes = (text: string) => () => {
    one.say(b.nodeId, text);
    two.say(a.nodeId, text);
    return [one, two].every(({ heard }) => heard.some((line) => line.endsWith(` ${text}`)));
  };
  await until('both hear each other', passes('before'));
  for (const cable of cables) cable.cut();
  await until(
    'each takes the other for dead',
    () =>
      [a.mesh.detector.health(b.nodeId), b.mesh.detector.health(a.nodeId)].every(
        (health) => health === 'dead',
      ),
    60_000,
  );
  expect(passes('meanwhile')()).toBe(false);
  for (const cable of cables) cable.mend();
  await until('both hear each other again', passes('after'), 30_000);
});
