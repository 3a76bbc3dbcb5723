/** The mesh: see DESIGN.md. */
export type { Facts, Sequence } from './announce/announcement.ts';
export type { Announcer } from './announce/announcer.ts';
export type { Announced, Verdict } from './announce/board.ts';
export { type BulkCredentials, hostNameOf } from './bulk/certificates.ts';
export { BulkClient, type BulkClientOptions, type BulkPeer, type BulkRequestOptions } from './bulk/client.ts';
export {
  type BulkContext,
  type BulkHandler,
  BulkServer,
  type BulkServerOptions,
  type BulkSocketHandler,
} from './bulk/server.ts';
export { BulkSocket } from './bulk/socket.ts';
export type { Health, HealthChange } from './detector/core.ts';
export type { FailureDetector } from './detector/detector.ts';
export { DETECTOR_DEFAULTS, type DetectorSettings } from './detector/settings.ts';
export { GossipError, type GossipErrorCode, type GossipErrors } from './errors.ts';
export type { MeshHost } from './host/host.ts';
export { type MeshIdentity, openMeshIdentity } from './identity.ts';
export { type JoinOptions, joinCloud } from './join/client.ts';
export {
  type DoorOptions,
  type JoinAuthority,
  JoinDoor,
  type TokenRecord,
} from './join/door.ts';
export type { JoinRequest } from './join/messages.ts';
export {
  formatToken,
  type JoinToken,
  newSecret,
  parseToken,
  type TokenAddress,
  verifierOf,
} from './join/token.ts';
export type { Member, MembershipSource } from './membership/types.ts';
export type { MembershipView } from './membership/view.ts';
export { type Mesh, type MeshOptions, openMesh } from './mesh.ts';
export type { Json } from './rpc/messages.ts';
export type { RequestContext, RequestHandler, Rpc } from './rpc/rpc.ts';
export { MeshTransport, type MessageTransport, type TransportOptions } from './transport/transport.ts';
