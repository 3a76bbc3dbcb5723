/** What can go wrong with a file behind an address on the web. */
export interface UrlErrors {
  /** `reason`: `syntax`, `scheme`, or `password` (none may stand in an address). */
  'images.url_invalid': { reason: 'syntax' | 'scheme' | 'password' };
  /** `kind` of the address that the name stands for: `private`, `loopback`, `link-local`, `reserved`, `cloud` (one of this cloud's PCs). */
  'images.url_forbidden': { host: string; address: string; kind: string };
  'images.url_unreachable': { host: string; reason: string };
  /** Its certificate is not one that this PC trusts for this name. */
  'images.url_untrusted': { host: string; reason: string };
  'images.url_redirects': { host: string; limit: number };
  'images.url_status': { host: string; status: number };
  /** A page for people, not a file. */
  'images.url_html': { host: string };
  /** Packed for the way in a manner that nobody asked for. */
  'images.url_encoded': { host: string; encoding: string };
  'images.url_empty': { host: string };
  /** `bytes`: what it says of itself, or what has come of one that says nothing. */
  'images.url_too_large': { bytes: number; limitBytes: number };
  /** It breaks off or stands still again and again. */
  'images.url_broken': { host: string; done: number; tries: number };
  /** It became another file while it was fetched. */
  'images.url_changed': { host: string };
  'images.url_wrong_sum': { expected: string; actual: string };
}
