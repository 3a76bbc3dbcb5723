/** Who did what, from where, and how it ended. */
import { Hono } from 'hono';
import { type AuditEntry, isUlid, nameKey, pageOf } from '../../state/index.ts';
import { Empty, Field, Head, LinkButton, Pager, Select } from '../components/bits.tsx';
import { Filters } from '../components/forms.tsx';
import { Page } from '../components/page.tsx';
import { Table } from '../components/table.tsx';
import { type View, viewOf } from '../components/view.ts';
import type { WebEnv } from '../env.ts';
import { needAdminRole } from './need.ts';
import { show } from './show.ts';

const ROWS = 50;

interface Filter {
  readonly author: string;
  readonly action: string;
  readonly outcome: string;
}

export function auditPages(): Hono<WebEnv> {
  return new Hono<WebEnv>().get('/', (c) => {
    needAdminRole(c);
    const text = (name: string) => (c.req.query(name) ?? '').trim().slice(0, 64);
    const filter = { author: text('author'), action: text('action'), outcome: text('outcome') };
    const after = c.req.query('after') ?? '';
    return show(c, <Audit v={viewOf(c)} filter={filter} after={isUlid(after) ? after : undefined} />);
  });
}

function matcher({ author, action, outcome }: Filter): ((entry: AuditEntry) => boolean) | null {
  if (author === '' && action === '' && outcome === '') return null;
  const key = nameKey(author);
  return (entry) =>
    (author === '' || nameKey(entry.author.name).includes(key)) &&
    entry.action.startsWith(action) &&
    (outcome === '' || (outcome === 'ok') === (entry.outcome === 'ok'));
}

function Audit({ v, filter, after }: { v: View; filter: Filter; after: string | undefined }) {
  const words = v.t.audit;
  const { audit } = v.state.tables;
  const page = pageOf(audit.ids(), (id) => audit.get(id), { limit: ROWS, after }, matcher(filter));
  const set = Object.entries(filter).filter(([, value]) => value !== '');
  const query = new URLSearchParams(set).toString();
  return (
    <Page v={v} title={words.title} topics={['audit']}>
      <Head title={words.title} lead={words.lead}>
        <LinkButton href={`/api/v1/audit.csv${query === '' ? '' : `?${query}`}`} icon="download">
          {words.export}
        </LinkButton>
      </Head>
      <Filters action="/audit" button={words.show}>
        <Field name="author" label={words.person} value={filter.author} maxlength={64} />
        <Field name="action" label={words.action} value={filter.action} maxlength={64} placeholder="vm." />
        <Select
          name="outcome"
          label={words.outcome}
          value={filter.outcome}
          options={[
            ['', words.any],
            ['ok', words.ok],
            ['refused', words.refused],
          ]}
        />
      </Filters>
      {page.items.length === 0 ? (
        <Empty icon="audit" title={words.nothing} text={words.nothingHint} />
      ) : (
        <Table heads={[words.action, words.when, words.person, words.target, words.from, words.outcome]}>
          {page.items.map((entry) => (
            <Entry v={v} entry={entry} />
          ))}
        </Table>
      )}
      <Pager v={v} total={page.total} next={page.next} first={after === undefined} />
    </Page>
  );
}

function Entry({ v, entry }: { v: View; entry: AuditEntry }) {
  const words = v.t.audit;
  const ok = entry.outcome === 'ok';
  return (
    <tr id={`entry-${entry.id}`}>
      <td class="mono">{entry.action}</td>
      <td data-label={words.when} class="num">
        {v.f.exact(entry.at)}
      </td>
      <td data-label={words.person}>{entry.author.name}</td>
      <td data-label={words.target}>{entry.target?.name ?? '–'}</td>
      <td data-label={words.from} class="mono">
        {entry.from}
      </td>
      <td data-label={words.outcome}>
        <span class={ok ? 'tag good' : 'tag warn'}>{ok ? words.ok : words.refused}</span>
        {ok ? null : <div class="code">{entry.outcome}</div>}
      </td>
    </tr>
  );
}
