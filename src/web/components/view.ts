/** What every page is drawn from: who looks, in which language, at which state. */
import type { NodeServices } from '../../node/interface.ts';
import type { Actor, CloudState, Language, Role } from '../../state/index.ts';
import { type Ui, uiOf } from '../../texts/index.ts';
import { actorOf, type WebContext } from '../env.ts';
import { createFormat, type Format } from './format.ts';
import { zoneOf } from './zone.ts';

/** `system` follows the browser's own setting. */
export type Theme = 'system' | 'light' | 'dark';

export interface View {
  readonly node: NodeServices;
  readonly state: CloudState;
  /** Null for root on this PC. */
  readonly actor: Actor;
  readonly role: Role;
  readonly lang: Language;
  readonly t: Ui;
  readonly f: Format;
  readonly csrf: string;
  readonly theme: Theme;
  /** IANA name of the zone in which this visitor reads times. */
  readonly zone: string;
  /** The path with its query, as asked for: where a live page asks again. */
  readonly url: string;
  readonly path: string;
  /** True when the page itself asks for its newer self: the frame around it is left out. */
  readonly partial: boolean;
  /** True for what answers a form, as a refused one does: asked for again, its address gives another page, without what was typed. */
  readonly answer: boolean;
  /** A key of the texts' `done`: what the form that led here has done. */
  readonly done: string | null;
  /** How many changes the page has seen, by which its event stream knows which it has not. */
  readonly drawn: number;
}

/** @throws LabmeshError `access.signed_out` for strangers */
export function viewOf(c: WebContext): View {
  const actor = actorOf(c);
  return { ...strangerView(c), actor, role: actor?.role ?? 'admin' };
}

/** For the pages that strangers see: sign-in and errors. */
export function strangerView(c: WebContext): View {
  const visitor = c.get('visitor');
  const actor = visitor.kind === 'person' ? visitor.user : null;
  const node = c.get('node');
  const url = new URL(c.req.url);
  const done = url.searchParams.get('done');
  url.searchParams.delete('done');
  const lang = c.get('lang');
  const cookies = c.req.header('cookie');
  const zone = zoneOf(cookies);
  return {
    node,
    state: node.state,
    actor,
    role: actor?.role ?? 'student',
    lang,
    t: uiOf(lang),
    f: createFormat(lang, node.now(), zone),
    csrf: c.get('csrf'),
    theme: themeOf(cookies),
    zone,
    url: url.pathname + url.search,
    path: url.pathname,
    partial: c.req.header('hx-request') === 'true',
    answer: c.req.method !== 'GET',
    done,
    drawn: c.get('services').events.count,
  };
}

/** The theme is a cookie, not an account's property: it is the screen's, and the first byte must know it. */
function themeOf(cookies: string | undefined): Theme {
  const theme = /(?:^|;\s*)theme=(light|dark)(?:;|$)/.exec(cookies ?? '')?.[1];
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}
