/** Sharing the PC that one sits at (N11): what it means, the line to run, and an end to it at any time. */
import { Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { CreatedToken } from '../../node/interface.ts';
import { setting, tokenState } from '../../state/index.ts';
import { Head, Refused } from '../components/bits.tsx';
import { EntryForm } from '../components/forms.tsx';
import { JoinLine, OpenTokens } from '../components/join-line.tsx';
import { Page } from '../components/page.tsx';
import { declineWords, sharingOf } from '../components/share-question.tsx';
import { type View, viewOf } from '../components/view.ts';
import { actorOf, authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { revokeToken } from './nodes-join.tsx';
import { SharedPc, shareActRoutes } from './share-acts.tsx';
import { attempt, goTo, readForm, safeBack, show } from './show.ts';

/** Made while one sits at the PC: an hour is ample, and a forgotten line lets nobody in tomorrow. */
const TTL_MS = 3_600_000;
/** A label's bound in the cloud. */
const MAX_LABEL = 63;

/** A person who said no is left in peace for a working day. */
const ASK_AGAIN_S = 8 * 3600;
const ASKED = 'share-asked';

/** True while the person's last no counts. */
export function wasAsked(c: WebContext): boolean {
  return getCookie(c, ASKED) === 'yes';
}

export function sharePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => sharePage(c, null, null))
    .post('/', async (c) => {
      const label = (actorOf(c)?.fullName ?? '').slice(0, MAX_LABEL);
      let made: CreatedToken | null = null;
      const problem = await attempt(c, async () => {
        const request = { ttlMs: TTL_MS, uses: 1, label, share: true };
        made = await c.get('node').createToken(request, authorOf(c));
      });
      return sharePage(c, made, problem);
    })
    .post('/decline', async (c) => {
      const form = await readForm(c);
      const back = safeBack(form.text('back'), '/labs');
      const problem = await attempt(c, () => c.get('node').submit('user.decline_share', {}, authorOf(c)));
      if (problem !== null) return sharePage(c, null, problem);
      setCookie(c, ASKED, 'yes', { path: '/', maxAge: ASK_AGAIN_S, httpOnly: true, sameSite: 'Lax' });
      return goTo(c, back, 'share_declined');
    })
    .route(
      '/:id',
      shareActRoutes((c, problem) => sharePage(c, null, problem)),
    )
    .post('/:token/revoke', (c) => revokeToken(c, '/share', (problem) => sharePage(c, null, problem)));
}

function sharePage(c: WebContext, made: CreatedToken | null, problem: Problem | null) {
  return show(c, <Share v={viewOf(c)} made={made} problem={problem} />, problem?.status ?? 200);
}

function Share({ v, made, problem }: { v: View; made: CreatedToken | null; problem: Problem | null }) {
  const words = v.t.mesh.share;
  const mine = v.actor?.id ?? '';
  const now = v.node.now();
  const waiting = v.state.tables.token
    .by('maker', mine)
    .filter((one) => one.sharedBy === mine && tokenState(one, now) === 'valid');
  return (
    <Page v={v} title={words.title} topics={made === null ? ['nodes'] : []}>
      <Head title={words.title} lead={words.lead} />
      <Refused v={v} problem={problem} />
      {made === null ? null : <JoinLine v={v} made={made} title={words.ready} once={words.once} />}
      <div class="columns">
        <section class="card pad prose">
          {(['means', 'used', 'gain', 'stop'] as const).map((part) => (
            <div class="stack close">
              <h2>{words[`${part}Title`]}</h2>
              <p>{words[part]}</p>
            </div>
          ))}
          {made === null ? <EntryForm v={v} action="/share" button={words.make} main={false} /> : null}
        </section>
        <div class="stack">
          <Policy v={v} />
          <Mine v={v} mine={mine} />
          {waiting.length === 0 ? null : (
            <OpenTokens v={v} title={words.waiting} none="" tokens={waiting} action="/share" />
          )}
        </div>
      </div>
    </Page>
  );
}

/** What sharing does for one's own requests, and what saying no has done to them. */
function Policy({ v }: { v: View }) {
  const sharing = sharingOf(v);
  if (sharing === null) return null;
  const words = v.t.plan.sharing;
  const points = v.f.number(setting(v.state, 'priority.sharing'));
  return (
    <section class="card pad stack tight" id="policy">
      <strong>{words.policyOn}</strong>
      <p>{sharing.shares ? words.bonus(points) : declineWords(v, sharing)}</p>
    </section>
  );
}

function Mine({ v, mine }: { v: View; mine: string }) {
  const words = v.t.mesh.share;
  const nodes = v.state.tables.node.by('owner', mine).filter((one) => one.state !== 'retired');
  return (
    <section class="card plain" id="shared">
      <h2>{words.mine}</h2>
      {nodes.length === 0 ? <p class="card-foot soft">{words.none}</p> : null}
      <ul class="list">
        {nodes.map((node) => (
          <SharedPc v={v} node={node} />
        ))}
      </ul>
    </section>
  );
}
