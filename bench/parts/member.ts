/**
 * One member of a replicated log as a process of its own, for `bench/log.ts`: the mesh and the agreement as the node runs them, over
 * real sockets, and a counter as state machine. Driven over a loopback socket, one line of JSON each way per request.
 *
 *   bun bench/parts/member.ts FOLDER NODE_ID found|join
 */
import { join } from 'node:path';
import { z } from 'zod';
import { openMeshedAgreement, readMessage, type StateMachine } from '../../src/election/index.ts';
import { type Member, MeshTransport, openMesh } from '../../src/gossip/index.ts';
import { silentLogger } from '../../src/state/logger.ts';

const Request = z.discriminatedUnion('op', [
  z.object({ id: z.number(), op: z.literal('put'), command: z.json() }),
  z.object({
    id: z.number(),
    op: z.literal('members'),
    members: z.array(z.object({ nodeId: z.string(), peerId: z.string(), addresses: z.array(z.string()) })),
  }),
  z.object({ id: z.number(), op: z.enum(['add', 'promote']), nodeId: z.string() }),
  z.object({ id: z.number(), op: z.literal('status') }),
]);
type Request = z.infer<typeof Request>;

const WAIT = { timeoutMs: 20_000 };

async function main(folder: string, nodeId: string, how: string): Promise<void> {
  let members: readonly Member[] = [];
  const listeners = new Set<() => void>();
  const mesh = await openMesh({
    nodeId,
    cloudId: '01JC0000000000000000000000',
    dataDir: folder,
    membership: {
      members: () => members,
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    listen: ['/ip4/127.0.0.1/tcp/0'],
    logger: silentLogger,
  });
  const messages = new MeshTransport({
    host: mesh.host,
    logger: silentLogger,
    clock: Date.now,
    parse: (value) => {
      const message = readMessage(value);
      if (message === null) throw new Error('no message of the log');
      return message;
    },
    isReplaceable: (message) => message.type === 'append' && message.entries.length === 0,
  });
  await mesh.start();
  await messages.start();
  const log = openMeshedAgreement({
    dir: join(folder, 'log'),
    nodeId,
    machine: counter(),
    logger: silentLogger,
    clock: Date.now,
    joins: how === 'join',
    transport: {
      send: (to, message) => messages.send(to, message),
      onMessage: (listener) => {
        messages.onMessage(listener);
        return () => messages.onMessage(() => {});
      },
      // Nobody here lags so far that the log is gone.
      fetchPiece: () => Promise.reject(new Error('no snapshots in this bench')),
      onFetchPiece: () => () => {},
    },
  });
  await log.start();

  const answer = async (request: Request): Promise<object> => {
    switch (request.op) {
      case 'put':
        return { index: (await log.propose(request.command, WAIT)).index };
      case 'members':
        members = request.members;
        for (const listener of listeners) listener();
        return {};
      case 'add':
      case 'promote':
        return { index: await log.changeMembers({ op: request.op, nodeId: request.nodeId }, WAIT) };
      case 'status':
        return { ...log.status() };
    }
  };
  const server = serve(answer);
  const self: Member = { nodeId, peerId: mesh.identity.peerId, addresses: mesh.host.addresses() };
  console.log(JSON.stringify({ port: server.port, self }));
}

function serve(answer: (request: Request) => Promise<object>) {
  return Bun.listen<{ rest: string; out: string }>({
    hostname: '127.0.0.1',
    port: 0,
    socket: {
      open(socket) {
        socket.data = { rest: '', out: '' };
      },
      data(socket, bytes) {
        const lines = (socket.data.rest + bytes.toString('latin1')).split('\n');
        socket.data.rest = lines.pop() ?? '';
        for (const line of lines) {
          const request = Request.parse(JSON.parse(line));
          void answer(request)
            .catch((error: unknown) => ({ error: String(error) }))
            .then((found) => {
              socket.data.out += `${JSON.stringify({ id: request.id, ...found })}\n`;
              flush(socket);
            });
        }
      },
      drain: flush,
    },
  });
}

function flush(socket: Bun.Socket<{ rest: string; out: string }>): void {
  if (socket.data.out === '') return;
  const written = socket.write(socket.data.out);
  socket.data.out = socket.data.out.slice(Math.max(0, written));
}

function counter(): StateMachine<number> {
  let count = 0;
  return {
    apply: () => ++count,
    snapshot: () => [count],
    restore: (records) => {
      for (const record of records) count = Number(record);
    },
  };
}

const [folder, nodeId, how] = process.argv.slice(2);
if (!folder || !nodeId || !how) throw new Error('member.ts FOLDER NODE_ID found|join');
await main(folder, nodeId, how);
