/** One person: name, role, a new password, courses and labs, the end of the account. */
import { Hono } from 'hono';
import type { User } from '../../state/index.ts';
import { resetPassword } from '../actions/index.ts';
import { Csrf, Field, Head, Refused } from '../components/bits.tsx';
import { ConfirmPage } from '../components/confirm.tsx';
import { EntryForm } from '../components/forms.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needUser } from './need.ts';
import { Secret } from './person-secret.tsx';
import { RoleSelect, roleOf } from './role.tsx';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';

export function personPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <Person v={viewOf(c)} user={needUser(c)} form={emptyForm} problem={null} />))
    .post('/', async (c) => {
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
    .post('/password', async (c) => {
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
    .get('/delete', (c) => show(c, <Delete v={viewOf(c)} user={needUser(c)} problem={null} />))
    .post('/delete', async (c) => {
      const user = needUser(c);
      const problem = await attempt(c, () =>
        c.get('node').submit('user.remove', { id: user.id }, authorOf(c)),
      );
      if (problem === null) return goTo(c, '/people', 'removed');
      return show(c, <Delete v={viewOf(c)} user={user} problem={problem} />, problem.status);
    });
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
            <EntryForm v={v} action={`/people/${user.id}`} button={v.t.words.save} id="edit">
              <Field
                name="fullName"
                label={words.fullName}
                value={form.typed('fullName', user.fullName)}
                maxlength={120}
                required
              />
              <RoleSelect v={v} value={form.text('role') || user.role} />
            </EntryForm>
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
