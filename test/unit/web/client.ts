/** Asks the app without a network, as a browser, as a script, or as root on the PC. */
import { newSecret } from '../../../src/web/auth/secrets.ts';
import type { Connection, WebApp } from '../../../src/web/env.ts';
import { PASSWORD } from '../../support/fake-cloud.ts';

export const ORIGIN = 'https://pc-1.lab.example';

/** A person at a browser (`cookie`, `csrf`), a stranger (neither), or root (`door: control`). */
export interface Client {
  readonly cookie?: string;
  readonly csrf?: string;
  readonly door?: Connection['door'];
  readonly address?: string;
}

export interface Ask {
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string;
  readonly headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

export const ROOT: Client = { door: 'control' };
export const STRANGER: Client = {};

export async function ask(
  app: WebApp,
  who: Client,
  method: string,
  path: string,
  what: Ask = {},
): Promise<Answer> {
  const headers = new Headers({ host: 'pc-1.lab.example', ...what.headers });
  if (who.cookie) headers.set('cookie', who.cookie);
  if (who.csrf && method !== 'GET' && !headers.has('x-csrf-token')) headers.set('x-csrf-token', who.csrf);
  if (what.body !== undefined && !headers.has('content-type'))
    headers.set('content-type', 'application/json');
  const body = what.raw ?? (what.body === undefined ? undefined : JSON.stringify(what.body));
  const init: RequestInit = { method, headers, ...(body === undefined ? {} : { body }) };
  const connection = { door: who.door ?? ('https' as const), address: who.address ?? '192.0.2.9' };
  const response = await app.request(`${ORIGIN}${path}`, init, connection);
  const text = await response.text();
  let json: unknown = null;
  try {
    json = JSON.parse(text);
  } catch {
    // not JSON
  }
  return { status: response.status, headers: response.headers, text, json };
}

export async function signInAs(
  app: WebApp,
  name: string,
  password = PASSWORD,
): Promise<Required<Pick<Client, 'cookie' | 'csrf'>>> {
  const { status, headers, json } = await ask(app, STRANGER, 'POST', '/api/v1/session', {
    body: { name, password },
  });
  if (status !== 201) throw new Error(`${name} could not sign in: ${status}`);
  return { cookie: headers.get('set-cookie')?.split(';')[0] ?? '', csrf: json.csrf };
}

/** A cookie of the right form that nobody was given. */
export function forgedCookie(): string {
  return `__Host-labmesh=${newSecret()}`;
}
