/** The way of the log's messages: small ones over the mesh, pieces of snapshots over the bulk door. */
import * as z from 'zod';
import { type Message, readMessage, type SnapshotPiece, type Transport } from '../../election/index.ts';
import { type Mesh, MeshTransport } from '../../gossip/index.ts';
import { LabmeshError, type Logger } from '../../state/index.ts';
import type { BulkDoor } from './bulk.ts';
import { Unanswered } from './unanswered.ts';

/** A piece is at most some megabytes, from the disk of a PC on the same network. */
const PIECE_TIMEOUT_MS = 20_000;
/** More than a piece may have: a record at its bound and what fits beside it. */
const MAX_PIECE_BYTES = 16 << 20;
const INFO_HEADER = 'labmesh-snapshot';

const count = z.number().int().nonnegative();
const ids = z.array(z.string().max(200)).max(1_000);
const infoSchema = z.object({
  index: count,
  term: count,
  members: z.object({ voters: ids, learners: ids, standbys: ids }),
  pieces: count,
  records: count,
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/**
 * Opened before the mesh is: which cloud this node is of may stand in the log alone, and the log needs its transport first. Until
 * `attach`, what is sent is lost, as on any network.
 */
export class LogTransport implements Transport {
  #mesh: MeshTransport<Message> | null = null;
  #bulk: BulkDoor | null = null;
  #drop: (nodeId: string) => void = () => {};
  readonly #unanswered = new Unanswered();
  #listener: (from: string, message: Message) => void = () => {};
  #serve: ((index: number, piece: number) => Promise<SnapshotPiece | null>) | null = null;

  async attach(mesh: Mesh, bulk: BulkDoor, logger: Logger, clock: () => number): Promise<void> {
    this.#bulk = bulk;
    this.#drop = (nodeId) => mesh.host.drop(nodeId);
    this.#mesh = new MeshTransport<Message>({
      host: mesh.host,
      logger,
      clock,
      parse: readWhole,
      // A heartbeat says nothing that the next one does not say.
      isReplaceable: (message) => message.type === 'append' && message.entries.length === 0,
    });
    this.#mesh.onMessage((from, message) => {
      this.#unanswered.heard(from);
      this.#listener(from, message);
    });
    bulk.serve('log', (request) => this.#answer(request));
    await this.#mesh.start();
  }

  stop(): void {
    this.#mesh?.stop();
  }

  send(to: string, message: Message): void {
    // A cut closes no connection. Who answers no heartbeat is dialled anew, so that both meet as soon as the network heals.
    const isAnswered = message.type === 'append' || message.type === 'snapshot';
    if (isAnswered && this.#unanswered.asks(to, performance.now())) this.#drop(to);
    this.#mesh?.send(to, message);
  }

  onMessage(listener: (from: string, message: Message) => void): () => void {
    this.#listener = listener;
    return () => {
      this.#listener = () => {};
    };
  }

  async fetchPiece(from: string, index: number, piece: number): Promise<SnapshotPiece> {
    if (this.#bulk === null) throw new LabmeshError('mesh.stopped', {});
    const signal = AbortSignal.timeout(PIECE_TIMEOUT_MS);
    const response = await this.#bulk.request(from, `/log/${index}/${piece}`, {
      timeoutMs: PIECE_TIMEOUT_MS,
      signal,
    });
    const info = infoSchema.parse(JSON.parse(response.headers.get(INFO_HEADER) ?? 'null'));
    if (Number(response.headers.get('content-length') ?? 0) > MAX_PIECE_BYTES)
      throw new LabmeshError('bulk.too_large', { maxBytes: MAX_PIECE_BYTES });
    return { info, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  onFetchPiece(serve: (index: number, piece: number) => Promise<SnapshotPiece | null>): () => void {
    this.#serve = serve;
    return () => {
      this.#serve = null;
    };
  }

  async #answer(request: Request): Promise<Response> {
    const [, , index, piece] = new URL(request.url).pathname.split('/').map(Number);
    const isAsked = Number.isSafeInteger(index) && Number.isSafeInteger(piece);
    const found = isAsked ? await this.#serve?.(index ?? 0, piece ?? 0) : null;
    if (!found) return new Response(null, { status: 404 });
    return new Response(new Uint8Array(found.bytes), {
      headers: { [INFO_HEADER]: JSON.stringify(found.info) },
    });
  }
}

/** @throws LabmeshError `rpc.malformed`: the sender's stream then ends */
function readWhole(value: unknown): Message {
  const message = readMessage(value);
  if (message === null) throw new LabmeshError('rpc.malformed', { reason: 'no message of the log' });
  return message;
}
