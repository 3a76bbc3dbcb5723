/** Sends a file in pieces. After a broken connection it asks how much has arrived and goes on from there. */
import { CliError } from '../errors.ts';
import { RefusedError } from '../exit.ts';
import { type ProgressLine, progressLine } from '../progress.ts';
import type { Session } from '../session.ts';
import type { Source } from './source.ts';

interface Upload {
  readonly id: string;
  /** Bytes that have arrived. */
  readonly offset: number;
}

/** Large enough that a request's overhead does not count, small enough to hold in memory. */
const PIECE = 8 * 1024 * 1024;
const PIECE_MS = 300_000;
/** A cable pulled and put back, a PC restarted: 1 + 2 + 4 + … s. */
const RETRIES = 6;
const FIRST_PAUSE_MS = 1000;
const BROKEN: ReadonlySet<string> = new Set([
  'cli.connection_lost',
  'cli.unreachable',
  'cli.request_timeout',
  'cli.no_node',
]);
/** What a PC says in its first moments after a restart, before it knows again who is signed in; or while it ends, or the PC behind it is silent. */
const PASSING: ReadonlySet<string> = new Set(['access.signed_out', 'log.stopping', 'upload.node_silent']);

/** @returns the upload's id, to be named in the import */
export async function sendFile(session: Session, source: Source, label: string): Promise<string> {
  const line = progressLine(session.io, label, session.lang);
  try {
    const { name, sizeBytes } = source;
    let upload = await session.client.post<Upload>(['uploads'], { name, sizeBytes });
    const rate = rateMeter();
    while (upload.offset < sizeBytes) {
      showSent(line, upload.offset, sizeBytes, rate(upload.offset));
      const bytes = await source.read(upload.offset, PIECE);
      upload = await sendPiece(session, upload, bytes);
    }
    return upload.id;
  } finally {
    line.clear();
    await source.close();
  }
}

async function sendPiece(session: Session, upload: Upload, bytes: Uint8Array): Promise<Upload> {
  const path = ['uploads', upload.id];
  for (let attempt = 0; ; attempt++) {
    try {
      return await session.client.request<Upload>('PATCH', path, {
        query: { offset: upload.offset },
        bytes,
        headers: { 'content-type': 'application/octet-stream' },
        timeoutMs: PIECE_MS,
      });
    } catch (error) {
      if (!mayPass(error) || attempt >= RETRIES) throw error;
      await Bun.sleep(FIRST_PAUSE_MS * 2 ** attempt);
      const now = await status(session, path);
      // A part of the piece may have arrived before the break: the rest is read anew from there.
      if (now && now.offset !== upload.offset) return now;
    }
  }
}

async function status(session: Session, path: readonly string[]): Promise<Upload | null> {
  try {
    return await session.client.get<Upload>(path);
  } catch (error) {
    if (mayPass(error)) return null;
    throw error;
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof RefusedError) return PASSING.has(error.code);
  return error instanceof CliError && BROKEN.has(error.code);
}

function showSent(line: ProgressLine, done: number, total: number, rate: number | null): void {
  const etaMs = rate ? ((total - done) / rate) * 1000 : null;
  line.show({ phase: 'sending', done, total, unit: 'bytes', rate, etaMs });
}

/** Bytes per second since the first call. */
function rateMeter(): (done: number) => number | null {
  const began = performance.now();
  let first: number | null = null;
  return (done) => {
    first ??= done;
    const seconds = (performance.now() - began) / 1000;
    return seconds > 0.5 ? (done - first) / seconds : null;
  };
}
