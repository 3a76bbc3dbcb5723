/** Who a visitor is, and how they become it. */
export { Attempts } from './attempts.ts';
export { dropSessionCookie } from './cookies.ts';
export { hashPassword, MAX_PASSWORD, MIN_PASSWORD, needGoodPassword, verifyPassword } from './passwords.ts';
export { csrfToken, hashSecret, newPassword, newSecret, sameToken } from './secrets.ts';
export { changePassword, needOwnPassword, needVisitor, signIn, signOut } from './sign-in.ts';
export { currentVisitor, findVisitor, languageOf } from './visitor.ts';
