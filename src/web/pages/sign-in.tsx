/** The door: signing in, the first own password, signing out. */
import { Hono } from 'hono';
import { changePassword, signIn, signOut } from '../auth/index.ts';
import { Csrf, Field, Refused } from '../components/bits.tsx';
import { Door } from '../components/page.tsx';
import { strangerView, type View } from '../components/view.ts';
import { personOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { chooseLanguage, chooseTheme, differing, PasswordFields } from './account.tsx';
import { attempt, goTo, readForm, safeBack, show } from './show.ts';

export function doorPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/sign-in', (c) => {
      const next = safeBack(c.req.query('next'));
      if (c.get('visitor').kind !== 'anonymous') return goTo(c, next);
      return show(c, <SignIn v={strangerView(c)} name="" next={next} problem={null} />);
    })
    .post('/sign-in', async (c) => {
      const form = await readForm(c);
      const next = safeBack(form.text('next'));
      const problem = await attempt(c, () => signIn(c, form.text('name'), form.text('password')));
      if (problem === null) return goTo(c, next);
      return show(
        c,
        <SignIn v={strangerView(c)} name={form.text('name')} next={next} problem={problem} />,
        problem.status,
      );
    })
    .post('/sign-out', async (c) => {
      await signOut(c);
      return goTo(c, '/sign-in');
    })
    .get('/password', (c) => {
      personOf(c);
      return show(c, <OwnPassword v={strangerView(c)} next={safeBack(c.req.query('next'))} problem={null} />);
    })
    .post('/password', async (c) => {
      personOf(c);
      const form = await readForm(c);
      const next = safeBack(form.text('next_page'));
      const problem =
        differing(c, form) ??
        (await attempt(c, () => changePassword(c, form.text('current'), form.text('next'))));
      if (problem === null) return goTo(c, next);
      return show(c, <OwnPassword v={strangerView(c)} next={next} problem={problem} />, problem.status);
    })
    .post('/language', async (c) => chooseLanguage(c, await readForm(c)))
    .post('/theme', async (c) => chooseTheme(c, await readForm(c)));
}

function SignIn({
  v,
  name,
  next,
  problem,
}: {
  v: View;
  name: string;
  next: string;
  problem: Problem | null;
}) {
  const words = v.t.signIn;
  const cloud = v.state.cloud?.name;
  return (
    <Door v={v} title={words.title}>
      <form class="form" method="post" action="/sign-in">
        <div class="stack close">
          <h1>{words.title}</h1>
          {cloud ? <p class="soft">{words.to(cloud)}</p> : null}
        </div>
        <Refused v={v} problem={problem} />
        <input type="hidden" name="next" value={next} />
        <Csrf v={v} />
        <Field
          name="name"
          label={words.name}
          value={name}
          autocomplete="username"
          maxlength={64}
          required
          autofocus={name === ''}
        />
        <Field
          name="password"
          label={words.password}
          type="password"
          autocomplete="current-password"
          maxlength={256}
          required
          autofocus={name !== ''}
        />
        <button class="button main" type="submit">
          {words.submit}
        </button>
        <p class="small soft">{words.help}</p>
      </form>
    </Door>
  );
}

function OwnPassword({ v, next, problem }: { v: View; next: string; problem: Problem | null }) {
  const words = v.t.signIn;
  return (
    <Door v={v} title={words.first}>
      <form class="form" method="post" action="/password">
        <div class="stack close">
          <h1>{words.first}</h1>
          <p class="soft">{words.firstLead}</p>
        </div>
        <Refused v={v} problem={problem} />
        <Csrf v={v} />
        <input type="hidden" name="next_page" value={next} />
        <PasswordFields v={v} />
        <button class="button main" type="submit">
          {words.save}
        </button>
      </form>
    </Door>
  );
}
