/** The zone in which a visitor reads times: their browser's, told by a cookie that labmesh.js sets; else this PC's. */

const HERE = new Intl.DateTimeFormat().resolvedOptions().timeZone;
/** What was found out of names; visitors who make some up get it forgotten again. */
const known = new Map<string, boolean>();
const MOST_KNOWN = 1000;

/** @param cookies the request's header */
export function zoneOf(cookies: string | undefined): string {
  const told = /(?:^|;\s*)tz=([A-Za-z0-9_+\-/]{1,64})(?:;|$)/.exec(cookies ?? '')?.[1];
  return told !== undefined && isZone(told) ? told : HERE;
}

function isZone(name: string): boolean {
  const before = known.get(name);
  if (before !== undefined) return before;
  if (known.size > MOST_KNOWN) known.clear();
  const found = canFormat(name);
  known.set(name, found);
  return found;
}

function canFormat(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null;
  } catch {
    return false; // no zone that this runtime knows
  }
}
