/** This PC: identity, settings, agents that reconcile, start and stop. See DESIGN.md. */
export {
  type Authority,
  type AuthorityOptions,
  type NodeCertificate,
  openAuthority,
} from './authority/index.ts';
export { randomPassword } from './birth.ts';
export { NodeError, type NodeErrors } from './errors.ts';
export { ownAddresses } from './host/addresses.ts';
export { openIdentity } from './identity.ts';
export type * from './interface.ts';
export { jsonLogger, type LogLevel, terminalLogger } from './log-lines.ts';
export { type LabNode, openNode } from './node.ts';
export type { NodeOptions } from './options.ts';
export { hashPassword, MAX_PASSWORD_LENGTH, verifyPassword } from './password.ts';
export { type RunInfo, removeRunFile, writeRunFile } from './run-file.ts';
