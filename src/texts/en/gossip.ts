import type { GossipErrors } from '../../gossip/errors.ts';
import type { Catalogue } from '../sentence.ts';

const seconds = (ms: number): string => `${Math.round(ms / 100) / 10} s`;
const mib = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MiB`;

/** A difference between clocks as people say it. */
function skew(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const amount = minutes < 120 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
  return `${amount} ${ms > 0 ? 'ahead' : 'behind'}`;
}

const TOKEN_FAULTS: Record<GossipErrors['join.token_malformed']['reason'], string> = {
  prefix: 'it does not begin with LM1-',
  characters: 'it has characters that no token has',
  checksum: 'a character of it was changed or left out',
  length: 'it is too short or too long',
  address: 'it has no usable address',
};

const LISTEN_FAULTS: Record<GossipErrors['mesh.listen']['reason'], string> = {
  in_use: 'another program uses that port already',
  not_ours: 'that address is not one of this PC’s',
  not_allowed: 'the system does not allow labmesh to use that port',
  unknown: 'the system does not say why',
};

export const gossipErrors = {
  'mesh.identity_damaged': ({ file, reason }) => ({
    message: `This PC's key (${file}) cannot be used: ${reason}.`,
    hint: 'Put the file back from a copy. Without it the cloud cannot recognise this PC: then retire it in the cloud, empty its data folder, and join anew.',
  }),
  'mesh.listen': ({ addresses, reason }) => ({
    message: `This PC cannot listen at ${addresses.join(', ')}: ${LISTEN_FAULTS[reason]}.`,
    hint: 'Stop the program that uses that port, or choose another address or port for this PC.',
  }),
  'mesh.stopped': () => ({
    message: 'This PC is leaving the mesh.',
    hint: 'Try again when it is up; `labmesh status` tells.',
  }),
  'mesh.not_member': ({ peer }) => ({
    message: `${peer} does not belong to this cloud, or not any more.`,
    hint: 'Look at the list of PCs. A PC that was retired has to join anew with a token.',
  }),
  'mesh.unreachable': ({ nodeId, reason }) => ({
    message: `The PC ${nodeId} cannot be reached: ${reason}.`,
    hint: 'Check that it is switched on and that no firewall stands between the two PCs.',
  }),
  'rpc.timeout': ({ nodeId, method, timeoutMs }) => ({
    message: `The PC ${nodeId} did not answer within ${seconds(timeoutMs)} (${method}).`,
    hint: 'It may be busy or just gone. Try again in a moment.',
  }),
  'rpc.unknown_method': ({ method }) => ({
    message: `The other PC does not know the request "${method}".`,
    hint: 'It probably runs an older labmesh. Bring all PCs to the same version.',
  }),
  'rpc.too_large': ({ bytes, maxBytes }) => ({
    message: `A message between PCs has ${mib(bytes)}; the limit is ${mib(maxBytes)}.`,
    hint: 'Ask for less at once. If you did nothing unusual, this is a defect: please report it.',
  }),
  'rpc.malformed': ({ reason }) => ({
    message: `Another PC said something that cannot be understood: ${reason}.`,
    hint: 'Bring all PCs to the same version of labmesh. If they are, please report this.',
  }),
  'rpc.busy': ({ max }) => ({
    message: `The other PC already works on ${max} requests of this one.`,
    hint: 'Try again in a moment.',
  }),
  'rpc.version': ({ theirs, ours }) => ({
    message: `The two PCs speak different versions of the mesh's language (${theirs} and ${ours}).`,
    hint: 'Bring both to the same version of labmesh.',
  }),
  'rpc.failed': ({ nodeId, method, code }) => ({
    message: `The PC ${nodeId} refused a request (${method}: ${code}).`,
    hint: 'The code says why; `labmesh doctor` on that PC may say more.',
  }),
  'announce.too_large': ({ bytes, maxBytes }) => ({
    message: `What this PC has to tell the others has ${bytes} bytes; ${maxBytes} are allowed.`,
    hint: 'This is a defect in labmesh. Please report it with this sentence.',
  }),
  'join.token_malformed': ({ reason }) => ({
    message: `This is not a whole join token: ${TOKEN_FAULTS[reason]}.`,
    hint: 'Copy the whole line from the page again.',
  }),
  'join.token_too_new': ({ found, supported }) => ({
    message: `The token was made by a newer labmesh (form ${found}; this one knows up to ${supported}).`,
    hint: 'Install the version of labmesh that the cloud runs, then join again.',
  }),
  'join.token_unknown': () => ({
    message: 'The cloud does not know this token.',
    hint: 'It may have been deleted. Ask an administrator for a new one.',
  }),
  'join.token_expired': ({ expiredAt }) => ({
    message: `This token expired on ${new Date(expiredAt).toISOString().slice(0, 16).replace('T', ' at ')} UTC.`,
    hint: 'Ask an administrator for a new one.',
  }),
  'join.token_used_up': ({ maxUses }) => ({
    message:
      maxUses === 1
        ? 'This token was for one PC, which has joined.'
        : `This token was for ${maxUses} PCs, and they have joined.`,
    hint: 'Ask an administrator for a new one. If that PC was not yours, tell them.',
  }),
  'join.token_revoked': () => ({
    message: 'This token was withdrawn by an administrator.',
    hint: 'Ask them for a new one.',
  }),
  'join.wrong_secret': () => ({
    message: 'The cloud does not accept this token: its secret is wrong.',
    hint: 'Copy the whole line from the page again, or ask an administrator for a new token.',
  }),
  'join.wrong_cloud': ({ wanted, found }) => ({
    message: `The token is for the cloud ${wanted}, but the cloud ${found} answered at its address.`,
    hint: 'The address now belongs to another cloud. Ask an administrator of the right one for a new token.',
  }),
  'join.impostor': ({ address }) => ({
    message: `What answered at ${address} does not know the token's secret, so it is not the cloud you were invited to. Nothing secret was sent to it.`,
    hint: 'Tell an administrator. Then ask for a new token with the right addresses.',
  }),
  'join.clock_skew': ({ skewMs, maxMs }) => ({
    message: `This PC's clock is ${skew(skewMs)} of the cloud's; at most ${Math.round(maxMs / 60_000)} minutes are allowed.`,
    hint: 'Set its clock (best: let it follow a time server), then join again.',
  }),
  'join.name_taken': ({ name }) => ({
    message: `Another PC of the cloud is already called ${name}.`,
    hint: 'Choose another name with --name, or retire that PC first if this one takes its place.',
  }),
  'join.already_member': ({ nodeId }) => ({
    message: `This PC (${nodeId}) already belongs to the cloud.`,
    hint: 'Just start it: `labmesh up`.',
  }),
  'join.version_too_old': ({ theirs, ours }) => ({
    message: `This PC's labmesh is too old for the cloud (it speaks ${theirs}, the cloud ${ours}).`,
    hint: 'Install the version of labmesh that the cloud runs, then join again.',
  }),
  'join.version_too_new': ({ theirs, ours }) => ({
    message: `This PC's labmesh is newer than the cloud's (it speaks ${theirs}, the cloud ${ours}).`,
    hint: 'Update the cloud first, or install its version here.',
  }),
  'join.busy': ({ max }) => ({
    message: `${max} PCs are joining at this moment, which is as many as the cloud takes at once.`,
    hint: 'Try again in a few seconds; the token stays valid.',
  }),
  'join.malformed': ({ reason }) => ({
    message: `The conversation with the cloud broke off: ${reason}.`,
    hint: 'Try again. If it stays so, the two may run different versions of labmesh.',
  }),
  'join.no_answer': ({ addresses, reason }) => ({
    message: `Nobody answers at ${addresses.join(', ')}: ${reason}.`,
    hint: 'Check that this PC is in the same network as the cloud, that a PC named in the token is on, and that no firewall closes that port.',
  }),
  'join.undecided': ({ code }) => ({
    message: `The cloud cannot take in a PC right now (${code}).`,
    hint: 'Most often it has no master for a moment. Try again; the token stays valid.',
  }),
  'bulk.listen': ({ hostname, port, reason }) => ({
    message: `This PC cannot take transfers at ${hostname}, port ${port}: ${reason}.`,
    hint: 'Another program may use that port. Stop it or choose another port.',
  }),
  'bulk.certificate': ({ reason }) => ({
    message: `This PC's certificate for transfers cannot be used: ${reason}.`,
    hint: 'Restart this PC’s labmesh: it asks the cloud for a new one. Check its clock, too.',
  }),
  'bulk.unreachable': ({ nodeId, reason }) => ({
    message: `Nothing can be transferred from or to the PC ${nodeId}: ${reason}.`,
    hint: 'Check that it is switched on and that no firewall closes its port for transfers.',
  }),
  'bulk.not_member': () => ({
    message: 'This PC does not belong to the cloud any more, so nothing is transferred to it.',
    hint: 'If that is a mistake, let it join anew with a token.',
  }),
  'bulk.unproven': () => ({
    message: 'A transfer was refused because it did not prove which PC asked for it.',
    hint: 'Bring all PCs to the same version of labmesh. If they are, somebody tries to get in: tell an administrator.',
  }),
  'bulk.too_large': ({ maxBytes }) => ({
    message: `A transfer is larger than allowed (${maxBytes} bytes).`,
    hint: 'This is a defect in labmesh. Please report it with this sentence.',
  }),
  'bulk.busy': ({ max }) => ({
    message: `The other PC already serves ${max} transfers of this one, or as many in all as it can.`,
    hint: 'Try again in a moment.',
  }),
  'bulk.refused': ({ nodeId, status, code }) => ({
    message: `The PC ${nodeId} refused a transfer (${status}, ${code}).`,
    hint: 'The code says why; `labmesh doctor` on that PC may say more.',
  }),
  'bulk.timeout': ({ nodeId, timeoutMs }) => ({
    message: `The PC ${nodeId} did not answer a transfer within ${seconds(timeoutMs)}.`,
    hint: 'Its disk may be busy. Try again in a moment.',
  }),
} satisfies Catalogue<GossipErrors>;
