/** The page that says a problem: what happened and why, what to do, where to go. */
import { Refused } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import { Door, Page } from '../components/page.tsx';
import { strangerView, type View } from '../components/view.ts';
import type { WebContext } from '../env.ts';
import type { Problem } from '../problem.ts';
import { show } from './show.ts';

export function renderError(c: WebContext, problem: Problem): Promise<Response> {
  const v = strangerView(c);
  const visitor = c.get('visitor');
  // Who may not see anything yet is not shown the frame with its places.
  const framed = visitor.kind === 'local' || (visitor.kind === 'person' && !visitor.user.mustChangePassword);
  const title = titleOf(v, problem);
  if (!framed) {
    return show(
      c,
      <Door v={v} title={title}>
        <div class="stack">
          <h1>{title}</h1>
          <Refused v={v} problem={problem} />
          <a class="button main" href="/sign-in">
            {v.t.errors.signIn}
          </a>
        </div>
      </Door>,
      problem.status,
    );
  }
  const framedView: View = visitor.kind === 'local' ? { ...v, role: 'admin' } : v;
  return show(
    c,
    <Page v={framedView} title={title} narrow>
      <h1>{title}</h1>
      <Refused v={v} problem={problem} />
      <div class="row">
        <a class="button main" href="/labs">
          <Icon name="labs" />
          {v.t.errors.home}
        </a>
      </div>
    </Page>,
    problem.status,
  );
}

function titleOf(v: View, { status }: Problem): string {
  if (status === 404) return v.t.errors.notFoundTitle;
  if (status === 403) return v.t.errors.forbiddenTitle;
  return status >= 500 ? v.t.errors.faultTitle : v.t.errors.refusedTitle;
}
