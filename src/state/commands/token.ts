/** Invitations to join (N2) and those who come with one. */
import * as z from 'zod';
import { type Context, needFreeName, refTo } from '../context.ts';
import { define } from '../definition.ts';
import { newNode, type Ref, type Token, tokenState } from '../entities/index.ts';
import { meshAddressesField, nameField, peerIdField, protocolField, versionField } from '../fields.ts';
import { idSchema } from '../ids.ts';
import { needSpeaks } from '../level.ts';
import { freeSubnet } from '../nodes.ts';
import { Refusal } from '../refusals.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 3_600_000;
/** A token is for setting PCs up: a term's start at most. */
const MAX_TTL_MS = 30 * DAY_MS;
/** How long one that is over can still be looked up. */
const KEPT_MS = 7 * DAY_MS;
/** More than anybody gives out; bounds the state. */
const MAX_TOKENS = 500;

/** Makes a token; with `share`, one for the author's own PC. */
export const tokenCreate = define(
  z.object({
    id: idSchema,
    verifier: z.string().min(1).max(512),
    label: z.string().max(63),
    ttlMs: z.int().min(MINUTE_MS).max(MAX_TTL_MS),
    uses: z.int().min(1).max(1000),
    share: z.boolean().default(false),
  }),
  (context, { id, verifier, label, ttlMs, uses, share }) => {
    const sharedBy = share ? sharer(context) : null;
    if (!share) context.needAdmin();
    forgetOver(context);
    const { token: tokens } = context.state.tables;
    if (tokens.size >= MAX_TOKENS) throw new Refusal('join.too_many_tokens', { limit: MAX_TOKENS });
    const token: Token = {
      id,
      verifier,
      label,
      createdBy: context.authorId,
      createdAt: context.now,
      expiresAt: context.now + ttlMs,
      maxUses: share ? 1 : uses,
      usedBy: [],
      revokedAt: null,
      sharedBy,
    };
    context.put('token', token);
    return { target: tokenRef(token) };
  },
);

/** Ends a token at once; nodes that came with it stay. */
export const tokenRevoke = define(z.object({ id: idSchema }), (context, { id }) => {
  const mine = context.role() !== null && context.state.tables.token.get(id)?.createdBy === context.authorId;
  if (!mine) context.needAdmin();
  const token = context.need('token', id);
  if (token.revokedAt === null) context.put('token', { ...token, revokedAt: context.now });
  return { target: tokenRef(token) };
});

/** The master lets a newcomer in whose proof the join door checked. The same node with the same key gets the same answer. */
export const nodeAdmit = define(
  z.object({
    tokenId: idSchema,
    nodeId: idSchema,
    name: nameField,
    peerId: peerIdField,
    addresses: meshAddressesField,
    version: versionField,
    protocol: protocolField,
  }),
  (context, { tokenId, nodeId, name, peerId, addresses, version, protocol }) => {
    context.needScheduler();
    const { node: nodes } = context.state.tables;
    const known = nodes.get(nodeId);
    if (known?.state === 'retired') throw new Refusal('node.retired', { node: known.name });
    if (known && known.peerId === peerId) return { target: refTo('node', known) };
    const token = needValid(context, tokenId);
    const holder = known ?? nodes.all().find((one) => one.peerId === peerId);
    if (holder) throw new Refusal('join.already_member', { nodeId: holder.id });
    needFreeName(context, 'node', name);
    needSpeaks(context, name, protocol);
    context.put('node', {
      ...newNode,
      id: nodeId,
      name,
      state: 'joining',
      address: '',
      version,
      capacity: { cores: 0, ramMiB: 0, storageGiB: 0, tempGiB: 0 },
      accel: 'none',
      hostProblem: { code: 'node.host_starting', data: {} },
      subnet: freeSubnet(context),
      registeredAt: context.now,
      changedAt: context.now,
      peerId,
      meshAddresses: addresses,
      protocol,
      reach: { state: 'up', since: context.now },
      ownerId: token.sharedBy,
      share: token.sharedBy === null ? newNode.share : SHARED_PERCENT,
    });
    context.put('token', { ...token, usedBy: [...token.usedBy, nodeId] });
    return { target: refTo('node', { id: nodeId, name }) };
  },
);

/** N11: half of a PC that its user shares; the other half stays the user's, who may change it. */
const SHARED_PERCENT = 50;

function needValid(context: Context, id: string): Token {
  const token = context.state.tables.token.get(id);
  if (!token) throw new Refusal('join.token_unknown', {});
  switch (tokenState(token, context.now)) {
    case 'revoked':
      throw new Refusal('join.token_revoked', {});
    case 'expired':
      throw new Refusal('join.token_expired', { expiredAt: token.expiresAt });
    case 'used_up':
      throw new Refusal('join.token_used_up', { maxUses: token.maxUses });
    case 'valid':
      return token;
  }
}

/** A person shares one PC at a time: their earlier token that nobody used gives way. */
function sharer(context: Context): string {
  const person = context.person();
  if (!person) throw new Refusal('access.denied', { need: 'user' });
  for (const token of context.state.tables.token.by('maker', person.id)) {
    const waits = token.sharedBy !== null && tokenState(token, context.now) === 'valid';
    if (waits) context.put('token', { ...token, revokedAt: context.now });
  }
  return person.id;
}

function forgetOver(context: Context): void {
  for (const token of context.state.tables.token.all()) {
    if (Math.min(token.expiresAt, token.revokedAt ?? token.expiresAt) + KEPT_MS < context.now) {
      context.remove('token', token.id);
    }
  }
}

function tokenRef({ id, label }: Token): Ref {
  return { kind: 'token', id, name: label };
}
