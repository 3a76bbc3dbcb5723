/** What a request and its answer look like on the wire: one JSON frame each, on a stream of their own. */
import * as z from 'zod';

/** Of this folder's protocols. A node answers `rpc.version` to those older than `OLDEST_PROTOCOL` and newer than itself. */
export const PROTOCOL = 1;
export const OLDEST_PROTOCOL = 1;
export const RPC_PROTOCOL = '/labmesh/rpc/1';

export const requestSchema = z.object({
  v: z.number().int(),
  method: z.string().min(1).max(64),
  /** How long the caller waits from now on: the server gives up then, too. Not a time of day: clocks differ. */
  timeoutMs: z.number().int().min(1).max(600_000),
  body: z.json(),
});

export const responseSchema = z.union([
  z.object({ v: z.number().int(), ok: z.literal(true), body: z.json() }),
  z.object({
    v: z.number().int(),
    ok: z.literal(false),
    code: z.string().max(100),
    data: z.record(z.string(), z.json()),
  }),
]);

export type Json = z.infer<ReturnType<typeof z.json>>;
export type Request = z.infer<typeof requestSchema>;
export type Response = z.infer<typeof responseSchema>;
