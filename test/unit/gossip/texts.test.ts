/** The sentences of this folder's codes, until they stand in the one catalogue (when the node speaks of the mesh). */
import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GossipErrors } from '../../../src/gossip/index.ts';
import { gossipErrors as en } from '../../../src/texts/en/gossip.ts';
import { gossipErrors as es } from '../../../src/texts/es/gossip.ts';

const root = join(import.meta.dir, '../../..');

const samples: GossipErrors = {
  'mesh.identity_damaged': { file: '/var/lib/labmesh/mesh.json', reason: 'EACCES' },
  'mesh.listen': { addresses: ['0.0.0.0:7946'], reason: 'in_use' },
  'mesh.stopped': {},
  'mesh.not_member': { peer: 'lab-07' },
  'mesh.unreachable': { nodeId: 'lab-07', reason: 'ECONNREFUSED' },
  'rpc.timeout': { nodeId: 'lab-07', method: 'log.propose', timeoutMs: 2_500 },
  'rpc.unknown_method': { method: 'log.propose' },
  'rpc.too_large': { bytes: 2_000_000, maxBytes: 1_000_000 },
  'rpc.malformed': { reason: 'JSON' },
  'rpc.busy': { max: 32 },
  'rpc.version': { theirs: 2, ours: 1 },
  'rpc.failed': { nodeId: 'lab-07', method: 'vm.start', code: 'vm.not_owner', data: {} },
  'announce.too_large': { bytes: 9_000, maxBytes: 8_000 },
  'join.token_malformed': { reason: 'checksum' },
  'join.token_too_new': { found: 2, supported: 1 },
  'join.token_unknown': {},
  'join.token_expired': { expiredAt: 1_800_000_000_000 },
  'join.token_used_up': { maxUses: 1 },
  'join.token_revoked': {},
  'join.wrong_secret': {},
  'join.wrong_cloud': { wanted: 'A', found: 'B' },
  'join.impostor': { address: '10.0.0.9' },
  'join.clock_skew': { skewMs: -3_600_000, maxMs: 300_000 },
  'join.name_taken': { name: 'lab-07' },
  'join.already_member': { nodeId: 'lab-07' },
  'join.version_too_old': { theirs: 1, ours: 2 },
  'join.version_too_new': { theirs: 2, ours: 1 },
  'join.busy': { max: 32 },
  'join.malformed': { reason: 'x' },
  'join.no_answer': { addresses: ['10.0.0.1:7947'], reason: 'timeout' },
  'join.undecided': { code: 'log.timeout' },
  'bulk.listen': { hostname: '0.0.0.0', port: 7948, reason: 'EADDRINUSE' },
  'bulk.certificate': { reason: 'expired' },
  'bulk.unreachable': { nodeId: 'lab-07', reason: 'ECONNRESET' },
  'bulk.not_member': {},
  'bulk.unproven': {},
  'bulk.too_large': { maxBytes: 2_000 },
  'bulk.busy': { max: 16 },
  'bulk.refused': { nodeId: 'lab-07', status: 409, code: 'images.not_here' },
  'bulk.timeout': { nodeId: 'lab-07', timeoutMs: 15_000 },
};

type Say = (data: unknown) => { message: string; hint: string };

test('every code has a whole sentence and a hint, in both languages, and they differ', () => {
  const codes = Object.keys(samples);
  expect(Object.keys(en).sort()).toEqual([...codes].sort());
  for (const [code, data] of Object.entries(samples)) {
    const said = [en, es].map((catalogue) => {
      const { message, hint } = (catalogue as unknown as Record<string, Say>)[code]?.(data) ?? {
        message: '',
        hint: '',
      };
      for (const text of [message, hint]) {
        expect(text).toMatch(/^[A-ZÁÉÍÓÚ¿\d].{10,}[.?:]$|^lab-07 .*\.$|`\.$|`labmesh/);
        expect(text).not.toMatch(/undefined|NaN|\[object/);
      }
      return message;
    });
    expect(said[0]).not.toBe(said[1]);
  }
});

test('as soon as the node uses this folder, its packages count as part of the binary', () => {
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const users = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (path) =>
      /\.tsx?$/.test(path) &&
      !path.startsWith('gossip') &&
      /^import (?!type).*gossip\/index\.ts/m.test(readFileSync(join(root, 'src', path), 'utf8')),
  );
  if (users.length > 0)
    expect(Object.keys(dependencies)).toContain('libp2p'); // and run scripts/licenses.ts
  else expect(Object.keys(dependencies)).not.toContain('libp2p');
});
