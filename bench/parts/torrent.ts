/** What BitTorrent needs beside a client: a `.torrent` of one file, and a tracker. Source: BEP 3, BEP 23. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

type Bencoded = string | number | Uint8Array | { readonly [key: string]: Bencoded };

export function bencode(value: Bencoded): Buffer {
  if (typeof value === 'number') return Buffer.from(`i${value}e`);
  if (typeof value === 'string') return bencode(Buffer.from(value));
  if (value instanceof Uint8Array) return Buffer.concat([Buffer.from(`${value.length}:`), value]);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const parts = entries.flatMap(([key, one]) => [bencode(key), bencode(one)]);
  return Buffer.concat([Buffer.from('d'), ...parts, Buffer.from('e')]);
}

/** Pieces as large as our chunks. */
const PIECE_BYTES = 1024 * 1024;

export function torrentOf(path: string, announce: string): Buffer {
  const bytes = readFileSync(path);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    pieces.push(
      createHash('sha1')
        .update(bytes.subarray(at, at + PIECE_BYTES))
        .digest(),
    );
  const info = {
    length: bytes.length,
    name: basename(path),
    'piece length': PIECE_BYTES,
    pieces: Buffer.concat(pieces),
  };
  return bencode({ announce, info });
}

/** A tracker that tells everybody of everybody. Run inside a PC: `bun torrent.ts HOST PORT`. */
if (import.meta.main) {
  const [hostname = '', port = ''] = process.argv.slice(2);
  const peers = new Set<string>();
  Bun.serve({
    hostname,
    port: Number(port),
    fetch(request, server) {
      const asker = Number(new URL(request.url).searchParams.get('port'));
      const from = server.requestIP(request)?.address.split('.').map(Number) ?? [];
      const self = Buffer.from([...from.slice(-4), asker >> 8, asker & 255]).toString('latin1');
      const others = [...peers].filter((one) => one !== self);
      peers.add(self);
      const compact = Buffer.from(others.join(''), 'latin1');
      return new Response(new Uint8Array(bencode({ interval: 1, peers: compact })));
    },
  });
}
