/** The certificate of a PC from its making to the doors that show it. */
import { afterEach, expect, test } from 'bun:test';
import { Credentials } from '../../../src/node/cluster/credentials.ts';
import { openAuthority, openNode } from '../../../src/node/index.ts';
import { silentLogger } from '../../../src/state/index.ts';
import { cleanup, temporaryFolder } from '../../support/mesh.ts';
import { until } from '../../support/until.ts';
import { lab, local, NODE } from '../state/world.ts';

const later = cleanup();
afterEach(() => later.run());

/** A cloud of one PC, whose doors do with a new certificate what `show` does. */
async function alone(show: () => Promise<void>) {
  const world = lab();
  const authority = await openAuthority({
    dataDir: await temporaryFolder(later),
    nodeId: NODE,
    cloudName: 'Lab',
    names: [],
    now: Date.now,
    logger: silentLogger,
  });
  const credentials = new Credentials({
    nodeId: NODE,
    authority,
    machine: world.machine,
    agreement: { status: () => ({ role: 'leader', voters: [NODE], master: null }), onChange: () => () => {} },
    rpc: { method: () => {}, request: () => Promise.reject(new Error('nobody else is there')) },
    submit: async (type, payload) => {
      world.ok(type, payload, local);
      return { index: 1, targetId: null, operationId: null };
    },
    logger: silentLogger,
    onRenewed: show,
  });
  credentials.start();
  later(() => credentials.stop());
  return { authority };
}

test('N2 a certificate that a door could not show is shown as soon as it can', async () => {
  let shown = 0;
  let fails = 2;
  const { authority } = await alone(async () => {
    if (fails-- > 0) throw new Error('the port is taken');
    shown += 1;
  });
  await until('it is shown', () => shown > 0);
  expect(authority.current()).not.toBeNull();
  expect({ shown, fails }).toEqual({ shown: 1, fails: -1 });
});

test('N2 a PC whose port for transfers is taken says so at its first start, as at every other', async () => {
  const other = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  later(() => other.stop(true));
  const anywhere = { host: '127.0.0.1', port: 0 };
  const options = {
    dataDir: await temporaryFolder(later),
    name: 'pc-1',
    address: '127.0.0.1',
    token: null,
    mesh: anywhere,
    bulk: { ...anywhere, port: other.port },
    join: anywhere,
    mdns: false,
    libvirtSocket: null,
    accel: 'auto',
    host: false,
    version: '0.1.0',
    serveImages: [process.execPath],
    logger: silentLogger,
  } as const;
  const taken = { code: 'bulk.listen', data: { port: other.port } };
  for (const _ of ['first', 'second']) await expect(openNode(options)).rejects.toMatchObject(taken);
  other.stop(true);
  const node = await openNode(options);
  expect(node.doors.bulk()).toBe(`127.0.0.1:${other.port}`);
  await node.stop();
});
