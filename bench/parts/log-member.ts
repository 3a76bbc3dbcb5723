/**
 * One member of a replicated log in its own process: the mesh and the agreement as the node runs them, over real sockets, with whatever
 * state machine. Driven over a loopback socket, one line of JSON each way per request.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { openMeshedAgreement, readMessage, type StateMachine } from '../../src/election/index.ts';
import { type Member, MeshTransport, openMesh } from '../../src/gossip/index.ts';
import { silentLogger } from '../../src/state/logger.ts';

/** What every member can be asked, whatever its state machine. */
export const MemberRequest = z.discriminatedUnion('op', [
  z.object({
    id: z.number(),
    op: z.literal('members'),
    members: z.array(z.object({ nodeId: z.string(), peerId: z.string(), addresses: z.array(z.string()) })),
  }),
  z.object({ id: z.number(), op: z.enum(['add', 'promote']), nodeId: z.string() }),
  z.object({ id: z.number(), op: z.literal('status') }),
]);
type MemberRequest = z.infer<typeof MemberRequest>;

export const WAIT = { timeoutMs: 20_000 };

/** @param how `found` or `join` */
export async function openLogMember<T>(
  folder: string,
  nodeId: string,
  how: string,
  machine: StateMachine<T>,
) {
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
    machine,
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
  const answer = async (request: MemberRequest): Promise<object> => {
    switch (request.op) {
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
  const self: Member = { nodeId, peerId: mesh.identity.peerId, addresses: mesh.host.addresses() };
  return { log, answer, self };
}

/** Answers requests on a port of the loopback address, which it prints with `self` as the first line. */
export function serve<R extends { id: number }>(
  self: Member,
  parse: (line: unknown) => R,
  answer: (request: R) => Promise<object>,
): void {
  const server = Bun.listen<{ rest: string; out: string }>({
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
          const request = parse(JSON.parse(line));
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
  console.log(JSON.stringify({ port: server.port, self }));
}

function flush(socket: Bun.Socket<{ rest: string; out: string }>): void {
  if (socket.data.out === '') return;
  const written = socket.write(socket.data.out);
  socket.data.out = socket.data.out.slice(Math.max(0, written));
}

/** The folder, the node's id and how it comes to be, from the command line. */
export function memberArguments(): [folder: string, nodeId: string, how: string, ...rest: string[]] {
  const [folder, nodeId, how, ...rest] = process.argv.slice(2);
  if (!folder || !nodeId || !how) throw new Error('FOLDER NODE_ID found|join');
  return [folder, nodeId, how, ...rest];
}
