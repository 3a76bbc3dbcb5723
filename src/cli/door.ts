/** Which node a command talks to: the one of this PC through its control socket, or one at a URL. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CliError } from './errors.ts';
import type { Io } from './io.ts';
import { parseUrl } from './values.ts';

export const DEFAULT_DATA = '/var/lib/labmesh';
const CONTROL_SOCKET = 'control.sock';
/** Where a node keeps the certificate of the cloud's authority, within its data folder. */
const AUTHORITY_FILE = join('tls', 'authority.pem');

export type Door =
  | { readonly kind: 'local'; readonly data: string; readonly socket: string }
  | {
      readonly kind: 'remote';
      readonly url: string;
      readonly token: string | null;
      readonly ca: string | null;
    };

/** Options that every command takes. */
export interface GlobalFlags {
  readonly json?: boolean;
  readonly data?: string;
  readonly url?: string;
  readonly token?: string;
  readonly ca?: string;
  readonly wait: boolean;
  /** Ms. */
  readonly timeout?: number;
}

/** The data folder: --data, LABMESH_DATA, or the default; absolute. */
export function dataFolder(flags: GlobalFlags, io: Io): string {
  return resolve(io.cwd, flags.data ?? (io.env.LABMESH_DATA || DEFAULT_DATA));
}

/**
 * A flag is nearer than the environment, and --data asks for the node of this PC.
 * @throws CliError `cli.usage`, `cli.file_missing`, `cli.file_unreadable`
 */
export function chooseDoor(flags: GlobalFlags, io: Io, command: string): Door {
  if (flags.url !== undefined && flags.data !== undefined) {
    throw new CliError('cli.usage', {
      problem: 'Give either --url or --data: they name different nodes.',
      command,
    });
  }
  const url = flags.url ?? (flags.data === undefined ? envUrl(io, command) : undefined);
  if (url === undefined) {
    if (flags.token !== undefined) {
      throw new CliError('cli.usage', {
        problem: '--token goes with --url: the node of this PC needs none.',
        command,
      });
    }
    const data = dataFolder(flags, io);
    return { kind: 'local', data, socket: join(data, CONTROL_SOCKET) };
  }
  const token = flags.token ?? (io.env.LABMESH_TOKEN || null);
  return { kind: 'remote', url, token, ca: authority(flags, io) };
}

/** @throws CliError `cli.no_node`, `cli.socket_denied` when it is plain that nobody can answer there */
export function needSocket(door: Extract<Door, { kind: 'local' }>): void {
  try {
    statSync(door.socket);
    accessSync(door.socket, constants.W_OK);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'EACCES' || code === 'EPERM')
      throw new CliError('cli.socket_denied', { socket: door.socket });
    throw new CliError('cli.no_node', { data: door.data }, { cause: error });
  }
}

function envUrl(io: Io, command: string): string | undefined {
  const text = io.env.LABMESH_URL;
  if (!text) return undefined;
  try {
    return parseUrl(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    throw new CliError('cli.usage', { problem: `LABMESH_URL is "${text}". ${why}`, command });
  }
}

/** The certificate that vouches for the cloud: as named, else the one of this PC's own node, else none beyond the system's. */
function authority(flags: GlobalFlags, io: Io): string | null {
  const named = flags.ca ?? (io.env.LABMESH_CA || undefined);
  if (named === undefined) return readIfThere(join(dataFolder(flags, io), AUTHORITY_FILE));
  const file = resolve(io.cwd, named);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (reason === 'ENOENT') throw new CliError('cli.file_missing', { file });
    throw new CliError('cli.file_unreadable', { file, reason });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new CliError('cli.file_unreadable', { file, reason: 'no certificate in PEM form' });
  }
  return text;
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
