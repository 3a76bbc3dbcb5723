import { afterEach, expect, test } from 'bun:test';
import * as fc from 'fast-check';
import { doorLibp2p } from '../../../src/gossip/host/libp2p.ts';
import { newMeshIdentity } from '../../../src/gossip/identity.ts';
import {
  formatToken,
  GossipError,
  type JoinAuthority,
  JoinDoor,
  type JoinToken,
  joinCloud,
  newSecret,
  parseToken,
  type TokenRecord,
  verifierOf,
} from '../../../src/gossip/index.ts';
import { isProof, prove } from '../../../src/gossip/join/proof.ts';
import { framed, framesOf } from '../../../src/gossip/wire/frames.ts';
import { toBytes } from '../../../src/gossip/wire/json.ts';
import { LabmeshError } from '../../../src/state/errors.ts';
import { silentLogger } from '../../../src/state/logger.ts';
import { CLOUD_ID, cleanup, LOOPBACK, testNodeId } from '../../support/mesh.ts';
import { until } from '../../support/until.ts';

const later = cleanup();
afterEach(() => later.run());

const TOKEN_ID = '01JF0000000000000000000001';
const NOW = 1_800_000_000_000;
const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const ulid = fc.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);

/** A state that counts the uses of one token, as the log will. */
class FakeAuthority implements JoinAuthority {
  readonly cloudId = CLOUD_ID;
  readonly admitted: string[] = [];
  isNameTaken = false;
  fault: Error | undefined;
  record: TokenRecord;

  constructor(secret: Uint8Array) {
    const verifier = verifierOf(secret);
    this.record = { verifier, expiresAt: NOW + 60_000, isRevoked: false, usesLeft: 1, maxUses: 1 };
  }

  token(tokenId: string) {
    return tokenId === TOKEN_ID ? this.record : undefined;
  }

  async admit(_tokenId: string, { nodeId, peerId, name }: { nodeId: string; peerId: string; name: string }) {
    if (this.fault) throw this.fault;
    if (this.isNameTaken) throw new GossipError('join.name_taken', { name });
    if (this.record.usesLeft === 0) throw new GossipError('join.token_used_up', { maxUses: 1 });
    this.record = { ...this.record, usesLeft: this.record.usesLeft - 1 };
    this.admitted.push(peerId);
    return { members: [{ nodeId, peerId }] };
  }
}

async function openDoor(maxGuests = 32) {
  const secret = newSecret();
  const authority = new FakeAuthority(secret);
  const identity = await newMeshIdentity();
  const door = new JoinDoor({
    identity,
    authority,
    listen: [LOOPBACK],
    logger: silentLogger,
    clock: () => NOW,
    maxGuests,
    inboundPerSecond: 1_000,
  });
  await door.open();
  later(() => door.close());
  const port = Number(door.addresses()[0]?.split('/').at(-1));
  const token: JoinToken = {
    cloudId: CLOUD_ID,
    tokenId: TOKEN_ID,
    secret,
    addresses: [{ ip: '127.0.0.1', port }],
  };
  return { door, authority, token, identity };
}

const request = {
  nodeId: testNodeId(5),
  name: 'lab-05',
  addresses: ['/ip4/10.0.0.5/tcp/7946'],
  version: '0.1.0',
  certificateRequest: null,
};

async function join(token: JoinToken, now = NOW) {
  return joinCloud({ token, identity: await newMeshIdentity(), request, clock: () => now, timeoutMs: 5_000 });
}

test('N2 a token is one line that survives copying', () => {
  const address = fc.record({
    ip: fc.oneof(fc.ipV4(), fc.ipV6()),
    port: fc.integer({ min: 1, max: 65_535 }),
  });
  const tokens = fc.record({
    cloudId: ulid,
    tokenId: ulid,
    secret: bytes16,
    addresses: fc.array(address, { minLength: 1, maxLength: 4 }),
  });
  fc.assert(
    fc.property(tokens, (token) => {
      const text = formatToken(token);
      expect(text).toMatch(/^LM1-[0-9A-Z]{90,220}$/);
      const typed = text
        .toLowerCase()
        .replaceAll('0', 'o')
        .replace(/(.{30})/g, '$1-\n ');
      const read = parseToken(typed);
      expect({ ...read, addresses: [], secret: [...read.secret] }).toEqual({
        ...token,
        addresses: [],
        secret: [...token.secret],
      });
      expect(formatToken(read)).toBe(text); // addresses in their one form
    }),
  );
});

test('N2 a slip in copying is told as such, and nothing else is accepted', () => {
  const text = formatToken({
    cloudId: CLOUD_ID,
    tokenId: TOKEN_ID,
    secret: newSecret(),
    addresses: [{ ip: '10.1.2.3', port: 7947 }],
  });
  const reason = (broken: string) => {
    try {
      parseToken(broken);
      return 'accepted';
    } catch (error) {
      return error instanceof GossipError
        ? ((error.data as { reason?: string }).reason ?? error.code)
        : 'defect';
    }
  };
  for (let at = 4; at < text.length - 1; at++) {
    const other = text[at] === '7' ? '8' : '7';
    expect(reason(`${text.slice(0, at)}${other}${text.slice(at + 1)}`)).toBe('checksum');
  }
  expect(reason('')).toBe('prefix');
  expect(reason('hello')).toBe('prefix');
  expect(reason('LM2-AAAA')).toBe('join.token_too_new');
  expect(reason(`${text}U`)).toBe('characters');
  expect(reason(text.slice(0, 40))).toBe('length');
  expect(reason('LM1-'.padEnd(2_000, '0'))).toBe('length');
  fc.assert(fc.property(fc.string(), (any) => expect(reason(`LM1-${any}`)).not.toBe('defect')));
});

test('N2 a PC with a valid token is admitted under the key it proved', async () => {
  const { authority, token, door } = await openDoor();
  const identity = await newMeshIdentity();
  const answer = await joinCloud({ token, identity, request, clock: () => NOW });
  expect(answer).toEqual({ members: [{ nodeId: request.nodeId, peerId: identity.peerId }] });
  expect(authority.admitted).toEqual([identity.peerId]);
  expect(door.counters).toEqual({ admitted: 1, refused: 0, malformed: 0 });
});

test('N2 each reason for a refusal has its own code', async () => {
  const { authority, token } = await openDoor();
  const refused = async (code: string, data: object, given = token, now = NOW) =>
    expect(await join(given, now).catch((error) => ({ code: error.code, data: error.data }))).toEqual({
      code,
      data,
    });
  const { record } = authority;

  await refused('join.token_unknown', {}, { ...token, tokenId: '01JF0000000000000000000002' });
  await refused('join.wrong_secret', {}, { ...token, secret: newSecret() });
  const other = '01JC0000000000000000000009';
  await refused('join.wrong_cloud', { wanted: other, found: CLOUD_ID }, { ...token, cloudId: other });
  await refused('join.clock_skew', { skewMs: 3_600_000, maxMs: 300_000 }, token, NOW + 3_600_000);
  authority.record = { ...record, expiresAt: NOW - 1 };
  await refused('join.token_expired', { expiredAt: NOW - 1 });
  authority.record = { ...record, isRevoked: true };
  await refused('join.token_revoked', {});
  authority.record = record;
  authority.isNameTaken = true;
  await refused('join.name_taken', { name: 'lab-05' });
  authority.isNameTaken = false;
  authority.fault = new LabmeshError('log.timeout', { timeoutMs: 1 });
  await refused('join.undecided', { code: 'log.timeout' });
  authority.fault = new Error('secret detail');
  await refused('join.undecided', { code: 'internal' });
  authority.fault = undefined;
  expect(authority.admitted).toEqual([]);
  await join(token);
  await refused('join.token_used_up', { maxUses: 1 }); // a token played a second time
  expect(authority.admitted.length).toBe(1);
});

test('N2 what became of a token is told only to those who hold it', async () => {
  const { authority, token } = await openDoor();
  authority.record = { ...authority.record, isRevoked: true };
  await expect(join({ ...token, secret: newSecret() })).rejects.toMatchObject({ code: 'join.wrong_secret' });
});

/** Speaks to the door by hand: says the given messages in turn, returns what it heard. */
async function speak(port: number, turns: ((heard: Record<string, unknown>[]) => object | Uint8Array)[]) {
  const { privateKey, peerId } = await newMeshIdentity();
  const wire = await doorLibp2p({ privateKey, listen: [], maxConnections: 2, inboundPerSecond: 1 });
  await wire.start();
  try {
    const { multiaddr } = await import('@multiformats/multiaddr');
    const connection = await wire.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}`));
    const stream = await connection.newStream('/labmesh/join/1');
    const heard: Record<string, unknown>[] = [];
    const frames = framesOf(stream, 1 << 20);
    for (const turn of turns) {
      const message = turn(heard);
      stream.send(message instanceof Uint8Array ? message : framed(toBytes(message)));
      const next = await frames.next();
      if (next.done) break;
      heard.push(JSON.parse(new TextDecoder().decode(next.value)));
    }
    return { heard, peerId };
  } finally {
    await wire.stop();
  }
}

const portOf = (token: JoinToken) => token.addresses[0]?.port ?? 0;
const hello = (token: JoinToken, v = 1) => ({
  t: 'hello',
  v,
  cloudId: token.cloudId,
  tokenId: token.tokenId,
  nonce: 'a'.repeat(32),
});

test('N2 a proof recorded from another conversation is worth nothing', async () => {
  const { authority, token, identity } = await openDoor();
  const said = JSON.stringify({ ...request, now: NOW });
  const verifier = verifierOf(token.secret);
  let recorded: object | undefined;
  const genuine = await newMeshIdentity();
  const replay = () => {
    const transcript = {
      cloudId: CLOUD_ID,
      tokenId: TOKEN_ID,
      clientPeer: genuine.peerId,
      serverPeer: identity.peerId,
      clientNonce: 'a'.repeat(32),
      serverNonce: 'b'.repeat(32),
    };
    recorded ??= { t: 'proof', said, mac: prove(verifier, 'client', transcript, said) };
    return recorded;
  };
  for (let n = 0; n < 2; n++) {
    const { heard } = await speak(portOf(token), [() => hello(token), replay]);
    expect(heard.at(-1)).toMatchObject({ t: 'refused', code: 'join.wrong_secret' });
  }
  expect(authority.admitted).toEqual([]);
});

test('a proof is bound to every part of its conversation, and to its side', () => {
  const verifier = verifierOf(newSecret());
  const transcript = {
    cloudId: 'c',
    tokenId: 't',
    clientPeer: 'p',
    serverPeer: 's',
    clientNonce: '1',
    serverNonce: '2',
  };
  const mac = prove(verifier, 'client', transcript, 'x');
  expect(isProof(mac, verifier, 'client', transcript, 'x')).toBe(true);
  expect(isProof(mac, verifier, 'server', transcript, 'x')).toBe(false);
  expect(isProof(mac, verifier, 'client', transcript, 'y')).toBe(false);
  expect(isProof(mac, verifierOf(newSecret()), 'client', transcript, 'x')).toBe(false);
  for (const key of Object.keys(transcript))
    expect(isProof(mac, verifier, 'client', { ...transcript, [key]: 'other' }, 'x')).toBe(false);
});

test('N10 another version of the protocol is refused with both numbers', async () => {
  const { token } = await openDoor();
  const newer = await speak(portOf(token), [() => ({ t: 'hello', v: 9, whatever: true })]);
  expect(newer.heard).toEqual([{ t: 'refused', code: 'join.version_too_new', data: { theirs: 9, ours: 1 } }]);
  const older = await speak(portOf(token), [() => hello(token, 0)]);
  expect(older.heard).toEqual([{ t: 'refused', code: 'join.version_too_old', data: { theirs: 0, ours: 1 } }]);
});

test("an impostor at the token's address is found out", async () => {
  const { token } = await openDoor();
  const { privateKey } = await newMeshIdentity();
  const wire = await doorLibp2p({ privateKey, listen: [LOOPBACK], maxConnections: 9, inboundPerSecond: 100 });
  await wire.handle('/labmesh/join/1', async (stream) => {
    let turn = 0;
    const answers = [
      { t: 'challenge', nonce: 'b'.repeat(32) },
      { t: 'welcome', said: '{"members":[]}', mac: 'c'.repeat(64) },
    ];
    for await (const _ of framesOf(stream, 1 << 20)) stream.send(framed(toBytes(answers[turn++] ?? {})));
  });
  await wire.start();
  later(() => wire.stop());
  const port = Number(wire.getMultiaddrs()[0]?.toString().split('/')[4]);
  const fooled = { ...token, addresses: [{ ip: '127.0.0.1', port }] };
  await expect(join(fooled)).rejects.toMatchObject({ code: 'join.impostor' });
  const both = { ...token, addresses: [{ ip: '127.0.0.1', port }, ...token.addresses] };
  expect(await join(both)).toHaveProperty('members'); // the next address is the cloud's
});

test('when nobody answers, the addresses are named', async () => {
  const { token, door } = await openDoor();
  await door.close();
  const { port } = token.addresses[0] ?? { port: 0 };
  await expect(join(token)).rejects.toMatchObject({
    code: 'join.no_answer',
    data: { addresses: [`127.0.0.1:${port}`] },
  });
});

test('X3 malformed and oversized frames at the door are refused, strangers leave no trace', async () => {
  const { token, door } = await openDoor();
  const evils: Uint8Array[] = [
    new Uint8Array([255, 255, 255, 255, 0]),
    framed(new Uint8Array([0xff])),
    framed(toBytes({ t: 'hello', v: 1, cloudId: '../../etc', tokenId: 'x'.repeat(99_999), nonce: '' })),
    framed(toBytes(null)),
    framed(toBytes({ v: '1' })),
  ];
  for (const evil of evils) {
    const { heard } = await speak(portOf(token), [() => evil]);
    expect(heard).toMatchObject([{ t: 'refused', code: 'join.malformed' }]);
  }
  const { heard } = await speak(portOf(token), [
    () => hello(token),
    () => ({ t: 'proof', said: '{', mac: '00' }),
  ]);
  expect(heard.at(-1)).toMatchObject({ code: 'join.malformed' });
  await until('all were counted', () => door.counters.malformed === evils.length + 1);
  expect(await join(token)).toHaveProperty('members');
});

test('more guests than there is room for are told to come again', async () => {
  const { token } = await openDoor(1);
  let release = () => {};
  const silent = speak(portOf(token), [
    () => hello(token),
    () => {
      release();
      return { t: 'nothing' };
    },
  ]);
  const busy = new Promise<void>((resolve) => {
    release = resolve;
  });
  await Promise.all([silent, busy]);
  // Many at once: one is served, the others hear `join.busy`, and none of them hangs.
  const codes = await Promise.all(
    Array.from({ length: 8 }, () =>
      join(token).then(
        () => 'in',
        ({ code }) => code,
      ),
    ),
  );
  expect(codes).toContain('in');
  expect(codes.every((code) => ['in', 'join.busy', 'join.token_used_up'].includes(code))).toBe(true);
});
