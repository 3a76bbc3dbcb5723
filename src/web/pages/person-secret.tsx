/** A password that is shown once. */
import { Head } from '../components/bits.tsx';
import { Page } from '../components/page.tsx';
import type { View } from '../components/view.ts';

export function Secret({
  v,
  title,
  name,
  password,
}: {
  v: View;
  title: string;
  name: string;
  password: string;
}) {
  const words = v.t.people;
  return (
    <Page v={v} title={title} narrow>
      <Head title={title} />
      <div class="card pad stack">
        <dl class="facts">
          <dt>{words.name}</dt>
          <dd class="mono">{name}</dd>
        </dl>
        <div class="stack close">
          <span class="small soft">{words.password}</span>
          <code class="secret" data-secret>
            {password}
          </code>
        </div>
        <p>{words.passwordOnce}</p>
        <div>
          <a class="button main" href="/people">
            {words.doneButton}
          </a>
        </div>
      </div>
    </Page>
  );
}
