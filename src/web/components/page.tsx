/** The frame of every page: nouns at the left (below, on phones), the cloud's health and the person at the top. */
import type { Child } from 'hono/jsx';
import { describe } from '../../texts/index.ts';
import type { Topic } from '../events/topics.ts';
import { asset } from './asset.ts';
import { isKnownKey } from './done.ts';
import { Icon, Mark } from './icon.tsx';
import { LeaseNotices } from './lease-notice.tsx';
import { Nav } from './nav.tsx';
import { TopBar } from './top-bar.tsx';
import type { View } from './view.ts';

export interface PageProps {
  readonly v: View;
  readonly title: string;
  /** What may change on this page. Its main part is fetched anew when one of these does; none: the page stands still. */
  readonly topics?: readonly Topic[];
  readonly narrow?: boolean;
  /** Modules of this page alone, below static/. */
  readonly scripts?: readonly string[];
  /** Further stylesheets, below static/. */
  readonly styles?: readonly string[];
  readonly children?: Child;
}

/** Its own addresses are known to labmesh.js through attributes: no script stands in the page. */
export function Page({ v, title, topics = [], narrow, scripts = [], styles = [], children }: PageProps) {
  const live =
    topics.length === 0 || v.answer
      ? {}
      : {
          'hx-get': v.url,
          'hx-trigger': 'live from:body',
          'hx-select': '#main',
          'hx-swap': 'outerMorph',
          'hx-select-oob': '#health:outerMorph,#bell:outerMorph',
        };
  const main = (
    <main id="main" tabindex={-1} class={narrow ? 'narrow' : undefined} {...live}>
      <Retired v={v} />
      <Done v={v} />
      <LeaseNotices v={v} />
      {children}
    </main>
  );
  if (v.partial) {
    return (
      <Html v={v} title={title}>
        <TopBar v={v} />
        {main}
      </Html>
    );
  }
  return (
    <Html v={v} title={title} scripts={scripts} styles={styles}>
      <a class="skip" href="#main">
        {v.t.frame.skip}
      </a>
      <div
        class="frame"
        id="frame"
        data-topics={['notifications', 'me', ...topics].join(',')}
        data-drawn={String(v.drawn)}
      >
        <a class="brand" href="/" aria-label="labmesh">
          <Mark />
          <span>labmesh</span>
        </a>
        <TopBar v={v} />
        <Nav v={v} />
        {main}
      </div>
      <div class="lost" id="lost" role="status" hidden data-reload={v.t.frame.reload}>
        <Icon name="alert" />
        <span>{v.t.frame.lost}</span>
      </div>
      <dialog class="ask" id="ask" aria-labelledby="ask-title" />
    </Html>
  );
}

/** Pages outside the frame: sign-in. */
export function Door({ v, title, children }: { v: View; title: string; children?: Child }) {
  return (
    <Html v={v} title={title}>
      <div class="door">
        <div class="brand">
          <Mark />
          <span>labmesh</span>
        </div>
        <main id="main">{children}</main>
        <Language v={v} />
      </div>
    </Html>
  );
}

/** The document around a body; also the console's, which has no frame. */
export function Html(props: {
  v: View;
  title: string;
  scripts?: readonly string[];
  styles?: readonly string[];
  children?: Child;
}) {
  const { v, title, scripts = [], styles = [], children } = props;
  return (
    <html lang={v.lang} data-theme={v.theme === 'system' ? undefined : v.theme} data-zone={v.zone}>
      <head>
        <meta charset="utf-8" />
        <title>{`${title} · labmesh`}</title>
        {v.partial ? null : (
          <>
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" />
            <meta name="htmx-config" content='{"includeIndicatorCSS":false,"history":false}' />
            <link rel="icon" href={asset('favicon.svg')} type="image/svg+xml" />
            <link rel="stylesheet" href={asset('labmesh.css')} />
            {styles.map((one) => (
              <link rel="stylesheet" href={asset(one)} />
            ))}
            <script src={asset('vendor/htmx.min.js')} defer />
            <script src={asset('labmesh.js')} defer />
            {scripts.map((one) => (
              <script src={asset(one)} type="module" />
            ))}
          </>
        )}
      </head>
      <body>{children}</body>
    </html>
  );
}

/** On every page: nothing on it can be changed any more. */
function Retired({ v }: { v: View }) {
  const retirement = v.node.retirement();
  if (retirement === null) return null;
  const { message, hint } = describe('node.retired_here', { ...retirement }, v.lang);
  return (
    <div class="notice bad" role="status">
      <Icon name="alert" />
      <div>
        <strong>{message}</strong>
        <p>{hint}</p>
      </div>
    </div>
  );
}

function Done({ v }: { v: View }) {
  if (v.done === null || !isKnownKey(v.t.done, v.done)) return null;
  return (
    <div class="notice good" role="status">
      <Icon name="check" />
      <div>{v.t.done[v.done]}</div>
    </div>
  );
}

function Language({ v }: { v: View }) {
  const other = v.lang === 'en' ? 'es' : 'en';
  return (
    <form method="post" action="/language" class="inline">
      <input type="hidden" name="csrf" value={v.csrf} />
      <input type="hidden" name="back" value={v.url} />
      <button class="button quiet small" type="submit" name="language" value={other} lang={other}>
        {v.t.frame.otherLanguage}
      </button>
    </form>
  );
}
