/** The step before something goes away: a page, shown as a dialog where there is script. */
import type { Child } from 'hono/jsx';
import type { Problem } from '../problem.ts';
import { Csrf, Refused } from './bits.tsx';
import { Icon, type IconName } from './icon.tsx';
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
  /** The way back, in words. Default: cancel. */
  leave?: string;
  /** True: it is known already that it would be refused; only the way back is offered. */
  blocked?: boolean;
  /** What stands on the button beside its words. Default: the bin, for what goes away for good. */
  icon?: IconName;
  /** What is to be chosen, and the details of what is lost. */
  children?: Child;
}) {
  const { v, title, loss, button, action, back, problem, blocked, icon = 'trash', children } = props;
  const leave = props.leave ?? v.t.words.cancel;
  return (
    <Page v={v} title={title} narrow>
      <div class="card pad">
        <form class="confirm" method="post" action={action}>
          <h1 id="ask-title">{title}</h1>
          <Refused v={v} problem={problem} />
          <p class="loss">{loss}</p>
          {children}
          <Csrf v={v} />
          <div class="row">
            <a class="button" href={back} data-close>
              {blocked ? v.t.words.back : leave}
            </a>
            {blocked ? null : (
              <button class={icon === 'trash' ? 'button main danger' : 'button main'} type="submit">
                <Icon name={icon} />
                {button}
              </button>
            )}
          </div>
        </form>
      </div>
    </Page>
  );
}
