/** Certificates of the cloud and of this node: see authority.ts. */
export { type Authority, type AuthorityOptions, type NodeCertificate, openAuthority } from './authority.ts';
