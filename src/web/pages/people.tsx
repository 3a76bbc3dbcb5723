/** People: accounts, roles, passwords. */
import { Hono } from 'hono';
import { isUlid, nameKey, type PageRequest, pageOf, type Role, type User } from '../../state/index.ts';
import { addUser, resetPassword } from '../actions/index.ts';
import { Csrf, Empty, Field, Head, LinkButton, Pager, Refused, Select, Time } from '../components/bits.tsx';
import { ConfirmPage } from '../components/confirm.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needAdminRole, needUser } from './need.ts';
import { peopleImportPages } from './people-import.tsx';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';

const ROWS = 50;
const ROLES: readonly Role[] = ['student', 'teacher', 'admin'];

function roleOf(text: string): Role | undefined {
  return ROLES.find((role) => role === text);
}

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
    .get('/add', (c) => show(c, <Add v={viewOf(c)} form={emptyForm} problem={null} />))
    .post('/add', async (c) => {
      const form = await readForm(c);
      const name = form.text('name').trim().toLowerCase();
      let password: string | null = null;
      const problem = await attempt(c, async () => {
        const role = roleOf(form.text('role')) ?? 'student';
        password = (
          await addUser(c.get('node'), authorOf(c), { name, fullName: form.text('fullName'), role })
        ).password;
      });
      const v = viewOf(c);
      if (problem !== null) return show(c, <Add v={v} form={form} problem={problem} />, problem.status);
      return show(
        c,
        <Secret v={v} title={v.t.people.addedTitle(name)} name={name} password={password ?? ''} />,
      );
    })
    .route('/import', peopleImportPages())
    .get('/:id', (c) => show(c, <Person v={viewOf(c)} user={needUser(c)} form={emptyForm} problem={null} />))
    .post('/:id', async (c) => {
      const user = needUser(c);
      const form = await readForm(c);
      const change = {
        id: user.id,
        fullName: form.text('fullName'),
        role: roleOf(form.text('role')) ?? user.role,
      };
      const problem = await attempt(c, () => c.get('node').submit('user.update', change, authorOf(c)));
      if (problem === null) return goTo(c, `/people/${user.id}`, 'saved');
      return show(c, <Person v={viewOf(c)} user={user} form={form} problem={problem} />, problem.status);
    })
    .post('/:id/password', async (c) => {
      const user = needUser(c);
      let password: string | null = null;
      const problem = await attempt(c, async () => {
        password = await resetPassword(c.get('node'), authorOf(c), user);
      });
      const v = viewOf(c);
      if (problem !== null)
        return show(c, <Person v={v} user={user} form={emptyForm} problem={problem} />, problem.status);
      return show(
        c,
        <Secret v={v} title={v.t.people.resetTitle(user.name)} name={user.name} password={password ?? ''} />,
      );
    })
    .get('/:id/delete', (c) => show(c, <Delete v={viewOf(c)} user={needUser(c)} problem={null} />))
    .post('/:id/delete', async (c) => {
      const user = needUser(c);
      const problem = await attempt(c, () =>
        c.get('node').submit('user.remove', { id: user.id }, authorOf(c)),
      );
      if (problem === null) return goTo(c, '/people', 'removed');
      return show(c, <Delete v={viewOf(c)} user={user} problem={problem} />, problem.status);
    });
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
      <search>
        <form class="filters" method="get" action="/people">
          <div class="field">
            <label for="q">{words.find}</label>
            <input class="input" id="q" name="q" type="search" value={text} maxlength={64} />
          </div>
          <Select
            name="role"
            label={words.role}
            value={role ?? ''}
            options={[['', words.anyRole], ...ROLES.map((one) => [one, v.t.roles[one]] as const)]}
          />
          <button class="button" type="submit">
            {v.t.words.search}
          </button>
        </form>
      </search>
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
    <div class="card">
      <table class="table cards">
        <thead>
          <tr>
            <th>{words.fullName}</th>
            <th>{words.name}</th>
            <th>{words.role}</th>
            <th class="end">{words.courses}</th>
            <th class="end">{words.labs}</th>
            <th>{words.since}</th>
          </tr>
        </thead>
        <tbody>
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
        </tbody>
      </table>
    </div>
  );
}

function RoleSelect({ v, value }: { v: View; value: string }) {
  const options = ROLES.map((one) => [one, v.t.roles[one]] as const);
  return (
    <Select name="role" label={v.t.people.role} value={value} options={options} hint={v.t.people.roleHint} />
  );
}

function Add({ v, form, problem }: { v: View; form: Form; problem: Problem | null }) {
  const words = v.t.people;
  return (
    <Page v={v} title={words.add} narrow>
      <Head title={words.add} back={{ href: '/people', text: words.title }} />
      <Refused v={v} problem={problem} />
      <form class="form card pad" method="post" action="/people/add">
        <Csrf v={v} />
        <Field
          name="name"
          label={words.name}
          value={form.text('name')}
          hint={words.nameHint}
          maxlength={64}
          autocomplete="off"
          required
        />
        <Field
          name="fullName"
          label={words.fullName}
          value={form.text('fullName')}
          maxlength={120}
          autocomplete="off"
        />
        <RoleSelect v={v} value={form.text('role') || 'student'} />
        <div>
          <button class="button main" type="submit">
            {words.addButton}
          </button>
        </div>
      </form>
    </Page>
  );
}

/** A password that is shown once. */
function Secret({ v, title, name, password }: { v: View; title: string; name: string; password: string }) {
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

function Person({ v, user, form, problem }: { v: View; user: User; form: Form; problem: Problem | null }) {
  const words = v.t.people;
  const { enrolment, course, vm } = v.state.tables;
  const courses = [
    ...course.by('teacher', user.id),
    ...course.resolve(enrolment.by('user', user.id).map((one) => one.courseId)),
  ];
  const labs = vm.by('owner', user.id).slice(-20).reverse();
  return (
    <Page v={v} title={user.fullName} topics={['users', 'courses', 'vms']}>
      <Head
        title={user.fullName}
        lead={`${user.name} · ${v.t.roles[user.role]}`}
        back={{ href: '/people', text: words.title }}
      />
      <Refused v={v} problem={problem} />
      {user.mustChangePassword ? <p class="soft small">{words.mustChange}</p> : null}
      <div class="columns">
        <div class="stack">
          <section class="card pad stack">
            <h2>{words.edit}</h2>
            <form class="form" method="post" action={`/people/${user.id}`} id="edit">
              <Csrf v={v} />
              <Field
                name="fullName"
                label={words.fullName}
                value={form.has('fullName') ? form.text('fullName') : user.fullName}
                maxlength={120}
                required
              />
              <RoleSelect v={v} value={form.text('role') || user.role} />
              <div>
                <button class="button" type="submit">
                  {v.t.words.save}
                </button>
              </div>
            </form>
          </section>
          <section class="card pad stack">
            <h2>{words.reset}</h2>
            <p class="small soft">{words.resetText}</p>
            <form method="post" action={`/people/${user.id}/password`} class="inline">
              <Csrf v={v} />
              <button class="button" type="submit">
                <Icon name="key" />
                {words.resetButton}
              </button>
            </form>
          </section>
        </div>
        <div class="stack">
          <section class="card pad stack">
            <h2>{words.courses}</h2>
            <div class="row">
              {courses.length === 0 ? <span class="soft">{v.t.words.none}</span> : null}
              {courses.map((one) => (
                <a class="tag accent" href={`/courses/${one.id}`}>
                  {one.name}
                </a>
              ))}
            </div>
          </section>
          <section class="card pad stack">
            <h2>{words.labs}</h2>
            <div class="row">
              {labs.length === 0 ? <span class="soft">{v.t.words.none}</span> : null}
              {labs.map((one) => (
                <a class="tag" href={`/vms/${one.id}`}>
                  {one.name}
                </a>
              ))}
            </div>
          </section>
          <a class="button danger" href={`/people/${user.id}/delete`} data-ask>
            <Icon name="trash" />
            {words.delete}
          </a>
        </div>
      </div>
    </Page>
  );
}

function Delete({ v, user, problem }: { v: View; user: User; problem: Problem | null }) {
  const words = v.t.people;
  const labs = v.state.tables.vm.countBy('owner', user.id);
  return (
    <ConfirmPage
      v={v}
      title={words.deleteTitle(user.fullName)}
      loss={labs > 0 ? words.deleteBlocked(labs) : words.deleteLoss}
      button={words.deleteButton}
      action={`/people/${user.id}/delete`}
      back={`/people/${user.id}`}
      problem={problem}
      blocked={labs > 0}
    />
  );
}
