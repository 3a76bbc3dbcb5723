/** The images of a course: started by its people, chosen by its teachers. */
import { type Course, usableImages } from '../../state/index.ts';
import { Csrf, LinkButton, Select } from '../components/bits.tsx';
import type { View } from '../components/view.ts';

export function CourseImages({ v, course, runs }: { v: View; course: Course; runs: boolean }) {
  const words = v.t.courses;
  const images = v.state.tables.image.resolve(course.imageIds);
  const others = runs
    ? usableImages(v.state, v.actor).filter((one) => !course.imageIds.includes(one.id))
    : [];
  return (
    <section class="card plain">
      <h2>{words.images}</h2>
      {images.length === 0 ? <p class="card-foot soft">{words.noImages}</p> : null}
      <ul class="list">
        {images.map((image) => (
          <li id={`linked-${image.id}`}>
            <div>
              <strong>{image.name}</strong>
              <p class="small soft">{v.t.os[image.os]}</p>
            </div>
            <div class="row">
              {image.state === 'ready' ? (
                <LinkButton href={`/labs/start?image=${image.id}`} icon="play">
                  {v.t.act.start}
                  <span class="vh"> {image.name}</span>
                </LinkButton>
              ) : null}
              {runs ? (
                <form method="post" action={`/courses/${course.id}/unlink`} class="inline">
                  <Csrf v={v} />
                  <button class="button quiet" type="submit" name="image" value={image.id}>
                    {words.unlink}
                    <span class="vh"> {image.name}</span>
                  </button>
                </form>
              ) : null}
            </div>
          </li>
        ))}
      </ul>
      {!runs ? null : others.length === 0 ? (
        <p class="card-foot small soft">{words.nothingToLink}</p>
      ) : (
        <form class="card-foot filters" method="post" action={`/courses/${course.id}/link`}>
          <Csrf v={v} />
          <Select
            name="image"
            label={words.link}
            value=""
            options={others.map((one) => [one.id, one.name])}
          />
          <button class="button" type="submit">
            {words.linkButton}
          </button>
        </form>
      )}
    </section>
  );
}
