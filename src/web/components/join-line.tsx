/** The one line that brings a PC into the cloud: to copy, to read with a phone, and for how long. */
import type { CreatedToken } from '../../node/interface.ts';
import type { Token } from '../../state/index.ts';
import { Csrf } from './bits.tsx';
import { Icon } from './icon.tsx';
import { authorName } from './operation-row.tsx';
import { Qr } from './qr.tsx';
import type { View } from './view.ts';

/** Shown once, right after the token was made. @param title where to run it @param once what to say of its being shown once */
export function JoinLine(props: { v: View; made: CreatedToken; title: string; once: string }) {
  const { v, made, title, once } = props;
  const words = v.t.mesh.join;
  const line = `labmesh join ${made.token}`;
  return (
    <section class="card pad stack" id="join-line">
      <h2>{title}</h2>
      <div class="join-line">
        <div class="stack">
          <code class="secret" id="line" data-secret>
            {line}
          </code>
          <div class="row">
            <button class="button main" type="button" data-copy="line" data-copied={words.copied} hidden>
              <Icon name="clipboard" />
              <span>{words.copy}</span>
            </button>
            <span role="status" class="small" id="line-copied" />
          </div>
          <p>{words.until(v.f.time(made.expiresAt), made.uses)}</p>
          <p class="small">{once}</p>
          <p class="small soft">{words.needs}</p>
        </div>
        <figure class="stack close">
          <Qr text={line} label={words.qr} />
          <figcaption class="small soft">{words.qrHint}</figcaption>
        </figure>
      </div>
    </section>
  );
}

/** Tokens that still let a PC in, each with a way to withdraw it. @param back where withdrawing leads */
export function OpenTokens(props: {
  v: View;
  title: string;
  none: string;
  tokens: readonly Token[];
  action: string;
}) {
  const { v, title, none, tokens, action } = props;
  const words = v.t.mesh.join;
  return (
    <section class="card plain" id="open-tokens">
      <h2>{title}</h2>
      {tokens.length === 0 ? <p class="card-foot soft">{none}</p> : null}
      <ul class="list">
        {tokens.map((one) => (
          <li id={`token-${one.id}`}>
            <div class="stack close">
              <strong>{one.label}</strong>
              <span class="small soft num">
                {[
                  words.expires(v.f.time(one.expiresAt)),
                  words.used(one.usedBy.length, one.maxUses),
                  words.madeBy(authorName(v, one.createdBy)),
                  ...(one.sharedBy === null ? [] : [words.shared]),
                ].join(' · ')}
              </span>
            </div>
            <form method="post" action={`${action}/${one.id}/revoke`} class="inline">
              <Csrf v={v} />
              <button class="button small" type="submit" aria-label={words.revokeOf(one.label)}>
                {words.revoke}
              </button>
            </form>
          </li>
        ))}
      </ul>
    </section>
  );
}
