/** Adding one person. */
import { Hono } from 'hono';
import { addUser } from '../actions/index.ts';
import { Field, Head, Refused } from '../components/bits.tsx';
import { EntryForm } from '../components/forms.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { Secret } from './person-secret.tsx';
import { RoleSelect, roleOf } from './role.tsx';
import { attempt, emptyForm, type Form, readForm, show } from './show.ts';

export function addPersonPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <Add v={viewOf(c)} form={emptyForm} problem={null} />))
    .post('/', async (c) => {
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
    });
}

function Add({ v, form, problem }: { v: View; form: Form; problem: Problem | null }) {
  const words = v.t.people;
  return (
    <Page v={v} title={words.add} narrow>
      <Head title={words.add} back={{ href: '/people', text: words.title }} />
      <Refused v={v} problem={problem} />
      <EntryForm v={v} action="/people/add" button={words.addButton} main>
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
      </EntryForm>
    </Page>
  );
}
