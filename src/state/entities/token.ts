/** An invitation to join (N2). The secret is shown once; the cloud keeps what proves it. */
export interface Token {
  readonly id: string;
  /** What the join door checks a newcomer's proof with. */
  readonly verifier: string;
  /** What the person called it. */
  readonly label: string;
  /** User id, or the node's where root asked. */
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly maxUses: number;
  /** Nodes that joined with it. */
  readonly usedBy: readonly string[];
  readonly revokedAt: number | null;
  /** The person who shares a PC of their own with it (N11); null: an admin's. */
  readonly sharedBy: string | null;
}

/** Whether a token still lets a PC in, or why not. */
export function tokenState(token: Token, now: number): 'valid' | 'revoked' | 'expired' | 'used_up' {
  if (token.revokedAt !== null) return 'revoked';
  if (token.expiresAt <= now) return 'expired';
  return token.usedBy.length >= token.maxUses ? 'used_up' : 'valid';
}
