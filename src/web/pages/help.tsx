/** What is what, for the three kinds of people; everybody reads what their role needs and what stands below it. */
import { Hono } from 'hono';
import { Head } from '../components/bits.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import type { WebEnv } from '../env.ts';
import { show } from './show.ts';

export function helpPages(): Hono<WebEnv> {
  return new Hono<WebEnv>().get('/', (c) => show(c, <Help v={viewOf(c)} />));
}

interface Part {
  readonly title: string;
  readonly steps: readonly string[];
}

function Help({ v }: { v: View }) {
  const { title, student, teacher, admin } = v.t.help;
  return (
    <Page v={v} title={title} narrow>
      <Head title={title} lead={student.lead} />
      <Parts parts={student.parts} />
      {v.role === 'student' ? null : (
        <>
          <h2>{teacher.title}</h2>
          <Parts parts={teacher.parts} />
        </>
      )}
      {v.role === 'admin' ? (
        <>
          <h2>{admin.title}</h2>
          <Parts parts={admin.parts} />
        </>
      ) : null}
    </Page>
  );
}

function Parts({ parts }: { parts: readonly Part[] }) {
  return (
    <div class="card pad prose">
      {parts.map((part) => (
        <section class="stack tight">
          <h3>{part.title}</h3>
          <ul>
            {part.steps.map((step) => (
              <li>{step}</li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
