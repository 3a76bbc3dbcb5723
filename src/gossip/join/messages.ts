/**
 * The join protocol on the wire: one stream, four frames. Client: `hello`. Server: `challenge` or `refused`. Client: `proof`.
 * Server: `welcome` or `refused`.
 */
import * as z from 'zod';

export const JOIN_PROTOCOL = '/labmesh/join/1';
export const JOIN_VERSION = 1;
export const OLDEST_JOIN_VERSION = 1;
/** A welcome names every member: a thousand of them at 300 bytes, and certificates. */
export const MAX_JOIN_BYTES = 512 * 1024;

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const id = z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);

export const helloSchema = z.object({
  t: z.literal('hello'),
  /** Version of this protocol; read first, the rest may differ in another one. */
  v: z.number().int(),
  cloudId: id,
  tokenId: id,
  nonce: hex(16),
});
export const helloVersionSchema = z.object({ v: z.number().int() });

export const challengeSchema = z.object({ t: z.literal('challenge'), nonce: hex(16) });

/** What a PC says of itself; `said` of the proof is its JSON. */
export const joinRequestSchema = z.object({
  nodeId: id,
  /** What people call it. Checked against the state's rules for names by the authority. */
  name: z.string().min(1).max(63),
  /** Where the mesh reaches it, as multiaddrs. */
  addresses: z.array(z.string().max(300)).max(8),
  /** Version of labmesh. */
  version: z.string().max(100),
  /** Newest feature level that its build speaks; left out by builds that knew but one. */
  protocol: z.number().int().min(1).max(10_000).default(1),
  /** Its clock, epoch ms. */
  now: z.number().int().min(0),
  /** For its certificate: a PKCS #10 request as PEM, or null. */
  certificateRequest: z.string().max(10_000).nullable(),
});

export const proofSchema = z.object({ t: z.literal('proof'), said: z.string().max(20_000), mac: hex(32) });
export const welcomeSchema = z.object({
  t: z.literal('welcome'),
  said: z.string().max(MAX_JOIN_BYTES),
  mac: hex(32),
});
export const refusedSchema = z.object({
  t: z.literal('refused'),
  code: z.string().max(100),
  data: z.record(z.string(), z.json()),
});

export type JoinRequest = z.infer<typeof joinRequestSchema>;
