/** A table in a card; on a narrow screen each row becomes a card of its own. */
import type { Child } from 'hono/jsx';

/** `heads`: a column's title, or `[title]` where the column is figures that stand at its end. */
export function Table(props: { heads: readonly (string | readonly [figures: string])[]; children?: Child }) {
  return (
    <div class="card">
      <table class="table cards">
        <thead>
          <tr>
            {props.heads.map((head) =>
              typeof head === 'string' ? <th>{head}</th> : <th class="end">{head[0]}</th>,
            )}
          </tr>
        </thead>
        <tbody>{props.children}</tbody>
      </table>
    </div>
  );
}
