/** The step before something goes away: a page, shown as a dialog where there is script. */
import type { Problem } from '../problem.ts';
import { Csrf, Refused } from './bits.tsx';
import { Icon } from './icon.tsx';
import { Page } from './page.tsx';
import type { View } from './view.ts';

export function ConfirmPage(props: {
  v: View;
  title: string;
  /** What is lost, or why it cannot be done now. */
  loss: string;
  button: string;
  action: string;
  back: string;
  problem: Problem | null;
  /** True: it is known already that it would be refused; only the way back is offered. */
  blocked?: boolean;
}) {
  const { v, title, loss, button, action, back, problem, blocked } = props;
  return (
    <Page v={v} title={title} narrow>
      <div class="card pad">
        <form class="confirm" method="post" action={action}>
          <h1 id="ask-title">{title}</h1>
          <Refused v={v} problem={problem} />
          <p class="loss">{loss}</p>
          <Csrf v={v} />
          <div class="row">
            <a class="button" href={back} data-close>
              {blocked ? v.t.words.back : v.t.words.cancel}
            </a>
            {blocked ? null : (
              <button class="button main danger" type="submit">
                <Icon name="trash" />
                {button}
              </button>
            )}
          </div>
        </form>
      </div>
    </Page>
  );
}
