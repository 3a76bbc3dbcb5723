/** People: the list of accounts, and the way to each. */
import { Hono } from 'hono';
import { isUlid, nameKey, type PageRequest, pageOf, type Role, type User } from '../../state/index.ts';
import { Empty, Field, Head, LinkButton, Pager, Select, Time } from '../components/bits.tsx';
import { Filters } from '../components/forms.tsx';
import { Page } from '../components/page.tsx';
import { Table } from '../components/table.tsx';
import { type View, viewOf } from '../components/view.ts';
import type { WebEnv } from '../env.ts';
import { needAdminRole } from './need.ts';
import { peopleImportPages } from './people-import.tsx';
import { personPages } from './person.tsx';
import { addPersonPages } from './person-add.tsx';
import { ROLES, roleOf } from './role.tsx';
import { show } from './show.ts';

const ROWS = 50;

export function peoplePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .use('*', async (c, next) => {
      needAdminRole(c);
      await next();
    })
    .get('/', (c) => {
      const after = c.req.query('after') ?? '';
      const request = { limit: ROWS, after: isUlid(after) ? after : undefined };
      const text = (c.req.query('q') ?? '').slice(0, 64);
      return show(
        c,
        <People v={viewOf(c)} text={text} role={roleOf(c.req.query('role') ?? '')} request={request} />,
      );
    })
    .route('/add', addPersonPages())
    .route('/import', peopleImportPages())
    .route('/:id', personPages());
}

function People(props: { v: View; text: string; role: Role | undefined; request: PageRequest }) {
  const { v, text, role, request } = props;
  const words = v.t.people;
  const { user } = v.state.tables;
  const key = nameKey(text);
  const keep = (one: User) =>
    (role === undefined || one.role === role) &&
    (nameKey(one.name).includes(key) || nameKey(one.fullName).includes(key));
  const ids = role === undefined ? user.ids() : user.idsBy('role', role);
  const page = pageOf(ids, (id) => user.get(id), request, text === '' && role === undefined ? null : keep);
  return (
    <Page v={v} title={words.title} topics={['users', 'courses']}>
      <Head title={words.title} lead={words.lead(v.f.number(user.size))}>
        <LinkButton href="/people/import" icon="upload">
          {words.import}
        </LinkButton>
        <LinkButton href="/people/add" icon="add" main>
          {words.add}
        </LinkButton>
      </Head>
      {user.size === 1 ? <Empty icon="people" title={words.title} text={words.onlyYou} /> : null}
      <Filters action="/people" button={v.t.words.search}>
        <Field name="q" label={words.find} type="search" value={text} maxlength={64} />
        <Select
          name="role"
          label={words.role}
          value={role ?? ''}
          options={[['', words.anyRole], ...ROLES.map((one) => [one, v.t.roles[one]] as const)]}
        />
      </Filters>
      {page.items.length === 0 ? (
        <p class="soft">{words.nothing}</p>
      ) : (
        <PeopleTable v={v} people={page.items} />
      )}
      <Pager v={v} total={page.total} next={page.next} first={request.after === undefined} />
    </Page>
  );
}

function PeopleTable({ v, people }: { v: View; people: readonly User[] }) {
  const words = v.t.people;
  const { enrolment, course, vm } = v.state.tables;
  return (
    <Table heads={[words.fullName, words.name, words.role, [words.courses], [words.labs], words.since]}>
      {people.map((one) => (
        <tr id={`row-${one.id}`}>
          <td>
            <a href={`/people/${one.id}`}>{one.fullName}</a>
          </td>
          <td data-label={words.name}>{one.name}</td>
          <td data-label={words.role}>
            <span class={one.role === 'student' ? 'tag' : 'tag accent'}>{v.t.roles[one.role]}</span>
          </td>
          <td data-label={words.courses} class="end num">
            {enrolment.countBy('user', one.id) + course.countBy('teacher', one.id)}
          </td>
          <td data-label={words.labs} class="end num">
            {vm.countBy('owner', one.id)}
          </td>
          <td data-label={words.since} class="nowrap">
            <Time v={v} at={one.createdAt} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
