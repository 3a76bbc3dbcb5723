/** Forms of several fields and one button. */
import type { Child } from 'hono/jsx';
import { Csrf } from './bits.tsx';
import type { View } from './view.ts';

/** Fields that change something. `main`: they are what the page is for, not one of its parts. */
export function EntryForm(props: {
  v: View;
  action: string;
  button: string;
  id?: string;
  main?: boolean;
  children?: Child;
}) {
  const { v, action, button, id, main = false, children } = props;
  return (
    <form class={main ? 'form card pad' : 'form'} method="post" action={action} id={id}>
      <Csrf v={v} />
      {children}
      <div>
        <button class={main ? 'button main' : 'button'} type="submit">
          {button}
        </button>
      </div>
    </form>
  );
}

/** Fields that narrow the list below them; what they say stands in the address. */
export function Filters(props: { action: string; button: string; children?: Child }) {
  return (
    <search>
      <form class="filters" method="get" action={props.action}>
        {props.children}
        <button class="button" type="submit">
          {props.button}
        </button>
      </form>
    </search>
  );
}
