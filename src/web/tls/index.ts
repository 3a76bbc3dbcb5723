/** Certificates of the page. */
export {
  type AuthorityOptions,
  nodeCertificate,
  providedCertificate,
  type ServerCertificate,
} from './authority.ts';
