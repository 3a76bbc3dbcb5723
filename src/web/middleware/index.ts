/** The chain of checks that every request passes. */
export { compress, compressedPage } from './compress.ts';
export { secureHeaders } from './headers.ts';
export { limitBody, limitPage, withDeadline } from './limits.ts';
export { checkOrigin, needOwnHost, needOwnPage } from './origin.ts';
