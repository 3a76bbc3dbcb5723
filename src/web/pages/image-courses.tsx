/** The courses that offer an image, and the way into another one: what a teacher wants who has just brought it in. */
import { Hono } from 'hono';
import { coursesOf, type Image } from '../../state/index.ts';
import { Csrf, Select } from '../components/bits.tsx';
import type { View } from '../components/view.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needImage } from './need.ts';
import { attempt, goTo, readForm } from './show.ts';

/** @param again draws the image's page with what was refused */
export function imageCoursePages(
  again: (c: WebContext, image: Image, problem: Problem) => Response | Promise<Response>,
): Hono<WebEnv> {
  return new Hono<WebEnv>().post('/', async (c) => {
    const image = needImage(c);
    const link = { id: (await readForm(c)).text('course'), imageId: image.id };
    const problem = await attempt(c, () => c.get('node').submit('course.link', link, authorOf(c)));
    return problem === null ? goTo(c, `/images/${image.id}`, 'linked') : again(c, image, problem);
  });
}

export function ImageCourses({ v, image }: { v: View; image: Image }) {
  const words = v.t.images;
  const courses = v.state.tables.course.by('image', image.id);
  // This page is no student's: these are the courses that this person teaches, or all.
  const others = coursesOf(v.state, v.actor).filter((one) => !courses.includes(one));
  return (
    <section class="card pad stack">
      <h2>{words.courses}</h2>
      {courses.length === 0 ? <p class="soft small">{words.noCourses}</p> : null}
      <div class="row">
        {courses.map((course) => (
          <a class="tag accent" href={`/courses/${course.id}`}>
            {course.name}
          </a>
        ))}
      </div>
      {others.length === 0 || image.state !== 'ready' ? null : (
        <form class="filters" method="post" action={`/images/${image.id}/course`}>
          <Csrf v={v} />
          <Select
            name="course"
            label={words.offerIn}
            value=""
            options={others.map((one) => [one.id, one.name])}
          />
          <button class="button" type="submit">
            {words.offer}
          </button>
        </form>
      )}
    </section>
  );
}
