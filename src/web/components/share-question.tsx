/** N11: whoever starts labs is asked to share the PC before them; how often one may say no, and what comes of it. */
import { setting } from '../../state/index.ts';
import { PostButton } from './bits.tsx';
import { Icon } from './icon.tsx';
import type { View } from './view.ts';

export interface Sharing {
  readonly shares: boolean;
  readonly declined: number;
  readonly mayDecline: number;
}

/** Null where the policy is off, or nobody is asked. */
export function sharingOf({ state, actor }: View): Sharing | null {
  if (actor === null || !setting(state, 'sharing.policy')) return null;
  const shares = state.tables.node.by('owner', actor.id).some((node) => node.state !== 'retired');
  return { shares, declined: actor.declined, mayDecline: setting(state, 'sharing.declines') };
}

/** How often one may still say no, or what it means that one has. */
export function declineWords({ t }: View, { declined, mayDecline }: Sharing): string {
  const words = t.plan.sharing;
  return declined > mayDecline
    ? words.declinesOver(declined)
    : words.declinesLeft(mayDecline - declined, mayDecline);
}

/** @param asked the person has just said no in this browser: once a day is enough */
export function ShareQuestion({ v, asked }: { v: View; asked: boolean }) {
  const sharing = sharingOf(v);
  if (asked || sharing === null || sharing.shares || v.role === 'admin') return null;
  const words = v.t.plan.sharing;
  const over = sharing.declined > sharing.mayDecline;
  return (
    <aside class={over ? 'notice warn' : 'notice'} id="share-question">
      <Icon name="nodes" />
      <div>
        <strong>{words.askTitle}</strong>
        <p>
          {words.ask} {declineWords(v, sharing)}
        </p>
        <div class="row">
          <a class="button small" href="/share">
            {words.yes}
          </a>
          {over ? null : (
            <PostButton v={v} action="/share/decline" kind="small" fields={{ back: v.url }}>
              {words.no}
            </PostButton>
          )}
        </div>
      </div>
    </aside>
  );
}
