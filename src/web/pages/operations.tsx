/** Everything that runs or is done, with the cause where it failed; and the messages that tell of ends. */
import { Hono } from 'hono';
import { isUlid, maySeeOperation, type Notification, type Operation, pageOf } from '../../state/index.ts';
import { describe } from '../../texts/index.ts';
import { Empty, Head, Pager, PostButton, Time } from '../components/bits.tsx';
import { isKnownKey } from '../components/done.ts';
import { OperationRow } from '../components/operation-row.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebEnv } from '../env.ts';
import { AllTransfers } from './image-transfers.tsx';
import { goTo, show } from './show.ts';

const ROWS = 40;

export function operationPages(): Hono<WebEnv> {
  return new Hono<WebEnv>().get('/', (c) => {
    const v = viewOf(c);
    const asked = c.req.query('state') ?? '';
    const state = isKnownKey(v.t.operations.filters, asked) ? asked : null;
    const after = c.req.query('after') ?? '';
    return show(c, <Operations v={v} state={state} after={isUlid(after) ? after : undefined} />);
  });
}

function Operations({
  v,
  state,
  after,
}: {
  v: View;
  state: Operation['state'] | null;
  after: string | undefined;
}) {
  const words = v.t.operations;
  const table = v.state.tables.operation;
  const ids = state === null ? table.ids() : table.idsBy('state', state);
  const keep = v.role === 'admin' ? null : (one: Operation) => maySeeOperation(v.state, v.actor, one);
  const page = pageOf(ids, (id) => table.get(id), { limit: ROWS, after }, keep);
  const none = page.items.length === 0;
  return (
    <Page v={v} title={words.title} topics={['operations', 'transfers']}>
      <Head title={words.title} lead={words.lead} />
      <nav class="tabs" aria-label={words.filter}>
        <a href="/operations" aria-current={state === null ? 'true' : undefined}>
          {words.all}
        </a>
        {Object.entries(words.filters).map(([key, name]) => (
          <a href={`/operations?state=${key}`} aria-current={state === key ? 'true' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      {state === null || state === 'running' ? <AllTransfers v={v} /> : null}
      {none && state === null ? (
        <Empty icon="operations" title={words.emptyTitle} text={words.emptyText} />
      ) : null}
      {none && state !== null ? <p class="soft">{words.nothing}</p> : null}
      {none ? null : (
        <section class="card plain" aria-label={words.title}>
          <ul class="list">
            {page.items.map((operation) => (
              <OperationRow v={v} operation={operation} />
            ))}
          </ul>
        </section>
      )}
      <Pager v={v} total={page.total} next={page.next} first={after === undefined} />
    </Page>
  );
}

export function messagePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <Messages v={viewOf(c)} />))
    .post('/read', async (c) => {
      await c.get('node').submit('notification.read', { ids: null }, authorOf(c));
      return goTo(c, '/notifications', 'read');
    });
}

function Messages({ v }: { v: View }) {
  const words = v.t.messages;
  const table = v.state.tables.notification;
  const mine = v.actor === null ? [] : table.by('user', v.actor.id).toReversed();
  const unread = v.actor === null ? 0 : table.countBy('unread', v.actor.id);
  return (
    <Page v={v} title={words.title} topics={['vms']} narrow>
      <Head title={words.title} lead={words.lead}>
        {unread === 0 ? null : (
          <PostButton v={v} action="/notifications/read" icon="check">
            {words.markAll}
          </PostButton>
        )}
      </Head>
      {mine.length === 0 ? (
        <Empty icon="bell" title={words.emptyTitle} text={words.emptyText} />
      ) : (
        <section class="card plain" aria-label={words.title}>
          <ul class="list">
            {mine.map((one) => (
              <Message v={v} one={one} />
            ))}
          </ul>
        </section>
      )}
    </Page>
  );
}

function Message({ v, one }: { v: View; one: Notification }) {
  const { message, hint } = describe(one.code, one.data, v.lang);
  const vmId = typeof one.data.vmId === 'string' ? one.data.vmId : '';
  return (
    <li class={one.readAt === null ? 'unread' : undefined} id={`message-${one.id}`}>
      <div class="stack close">
        <span>
          {one.readAt === null ? <span class="tag accent">{v.t.messages.unread}</span> : null} {message}
        </span>
        <span class="small soft">{hint}</span>
        {v.state.tables.vm.get(vmId) ? (
          <a class="small" href={`/vms/${vmId}`}>
            {v.t.messages.toLab}
          </a>
        ) : null}
      </div>
      <span class="small soft">
        <Time v={v} at={one.at} />
      </span>
    </li>
  );
}
