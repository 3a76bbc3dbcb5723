/** Whether somebody sits at this PC: an active session of a person at its own screen, as systemd-logind writes them down. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One file a session, lines `KEY=value` (systemd's `logind-session.c`); not documented as stable, so a missing one means nobody. */
const SESSIONS = '/run/systemd/sessions';
/** A PC has a few; more are a terminal server's, which no lab PC is. */
const MAX_SESSIONS = 100;

/** @returns false where there is no logind to ask */
export async function isLocalUserPresent(folder: string = SESSIONS): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => !name.endsWith('.ref')).slice(0, MAX_SESSIONS);
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8').catch(() => '')));
  return texts.some((text) => {
    const lines = new Set(text.split('\n'));
    const atScreen = [...lines].some((line) => /^SEAT=.+/.test(line));
    return atScreen && lines.has('ACTIVE=1') && lines.has('CLASS=user');
  });
}
