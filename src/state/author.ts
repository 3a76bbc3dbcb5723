/** Who gives a command. A person acts with the person's role; the door of the PC itself acts as admin. */
export type Author =
  | { readonly kind: 'user'; readonly id: string; readonly from: string }
  /** Root on a node, through its control socket. */
  | { readonly kind: 'local'; readonly nodeId: string }
  /** A node's agent reporting what it sees. */
  | { readonly kind: 'node'; readonly nodeId: string }
  /** The master's own passes: placement, expiry. */
  | { readonly kind: 'scheduler'; readonly nodeId: string };

/** The id under which an author's operations are listed. */
export function authorId(author: Author): string {
  return author.kind === 'user' ? author.id : author.nodeId;
}
