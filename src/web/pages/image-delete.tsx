/** Deleting an image, or giving up its import: asked for on a page that says what is lost. */
import { Hono } from 'hono';
import type { Image } from '../../state/index.ts';
import { ConfirmPage } from '../components/confirm.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needImage } from './need.ts';
import { attempt, goTo, show } from './show.ts';

export function imageDeletePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <Delete v={viewOf(c)} image={needImage(c)} problem={null} />))
    .post('/', async (c) => {
      const image = needImage(c);
      const importing = image.state === 'importing';
      const type = importing ? 'image.cancel_import' : 'image.remove';
      const problem = await attempt(c, () => c.get('node').submit(type, { id: image.id }, authorOf(c)));
      if (problem === null) return goTo(c, '/images', importing ? 'import_cancelled' : 'deleted');
      return show(c, <Delete v={viewOf(c)} image={image} problem={problem} />, problem.status);
    });
}

function Delete({ v, image, problem }: { v: View; image: Image; problem: Problem | null }) {
  const words = v.t.images;
  const back = `/images/${image.id}`;
  if (image.state === 'importing') {
    const { cancelTitle, cancelLoss, cancelButton } = words;
    return (
      <ConfirmPage
        v={v}
        title={cancelTitle(image.name)}
        loss={cancelLoss}
        button={cancelButton}
        action={`${back}/delete`}
        back={back}
        problem={problem}
      />
    );
  }
  const labs = v.state.tables.vm.countBy('image', image.id);
  const courses = v.state.tables.course.by('image', image.id).map((one) => one.name);
  const blocked =
    labs > 0
      ? words.deleteBlockedLabs(labs)
      : courses.length > 0
        ? words.deleteBlockedCourses(v.f.list(courses))
        : null;
  return (
    <ConfirmPage
      v={v}
      title={words.deleteTitle(image.name)}
      loss={blocked ?? words.deleteLoss}
      button={words.deleteButton}
      action={`${back}/delete`}
      back={back}
      problem={problem}
      blocked={blocked !== null}
    />
  );
}
