/** My labs: a card for each VM of mine, and one for each image that I may start. */
import { Hono } from 'hono';
import { coursesOf, type Image, isEnrolled, usableImages, type Vm } from '../../state/index.ts';
import { Empty, Head, LinkButton } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { MainButton, Screen, TimeLeft, VmMenu, VmStateLine } from '../components/vm-parts.tsx';
import type { WebEnv } from '../env.ts';
import { allLabs } from './all-labs.tsx';
import { show } from './show.ts';
import { startPages } from './start.tsx';

/** Cards on one page: more labs of one's own are found under "All labs". */
const MOST_CARDS = 60;

export function labPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <MyLabs v={viewOf(c)} />))
    .get('/all', allLabs)
    .route('/start', startPages());
}

function MyLabs({ v }: { v: View }) {
  const mine = v.actor === null ? [] : v.state.tables.vm.by('owner', v.actor.id);
  const shown = mine.slice(-MOST_CARDS).reverse();
  const known = new Set(mine.map((vm) => vm.imageId));
  const images = usableImages(v.state, v.actor).filter(
    (image) => image.state === 'ready' && !known.has(image.id),
  );
  const empty = mine.length === 0 && images.length === 0;
  return (
    <Page v={v} title={v.t.labs.title} topics={['vms', 'images', 'courses', 'operations', 'queue']}>
      <Head title={v.t.labs.title} lead={v.t.labs.lead}>
        {empty ? null : (
          <LinkButton href="/labs/start" icon="add">
            {v.t.start.title}
          </LinkButton>
        )}
      </Head>
      {empty ? <NoLabs v={v} /> : null}
      {shown.length === 0 ? null : (
        <section class="labs" aria-label={v.t.labs.mine}>
          {shown.map((vm) => (
            <LabCard v={v} vm={vm} />
          ))}
        </section>
      )}
      {images.length === 0 ? null : (
        <section class="stack">
          <div class="stack close">
            <h2>{v.t.labs.available}</h2>
            <p class="soft small">
              {v.role === 'student' ? v.t.labs.availableLead : v.t.labs.availableLeadStaff}
            </p>
          </div>
          <div class="labs">
            {images.slice(0, MOST_CARDS).map((image) => (
              <ImageCard v={v} image={image} />
            ))}
          </div>
        </section>
      )}
    </Page>
  );
}

function LabCard({ v, vm }: { v: View; vm: Vm }) {
  const image = v.state.tables.image.get(vm.imageId)?.name;
  const course = vm.courseId === null ? undefined : v.state.tables.course.get(vm.courseId)?.name;
  const about = [image === vm.name ? undefined : image, course]
    .filter((one) => one !== undefined)
    .join(' · ');
  return (
    <article class="card lab" id={`lab-${vm.id}`}>
      <Screen v={v} vm={vm} />
      <div class="lab-body">
        <div class="stack close">
          <h2>
            <a href={`/vms/${vm.id}`}>{vm.name}</a>
          </h2>
          {about ? <p class="small soft">{about}</p> : null}
          <p class="small soft">{vm.persistent ? v.t.labs.keeps : v.t.labs.clean}</p>
        </div>
        <VmStateLine v={v} vm={vm} />
        <TimeLeft v={v} vm={vm} />
        <div class="lab-foot">
          <span class="grow">
            <MainButton v={v} vm={vm} />
          </span>
          <VmMenu v={v} vm={vm} details />
        </div>
      </div>
    </article>
  );
}

function ImageCard({ v, image }: { v: View; image: Image }) {
  const courses = coursesOf(v.state, v.actor).filter((course) => course.imageIds.includes(image.id));
  const course =
    courses.find((one) => v.actor !== null && isEnrolled(v.state, v.actor.id, one.id)) ?? courses[0];
  return (
    <article class="card lab" id={`image-${image.id}`}>
      <div class="lab-body">
        <div class="stack close">
          <h2>{image.name}</h2>
          <p class="small soft">{[v.t.os[image.os], course?.name].filter(Boolean).join(' · ')}</p>
        </div>
        <p class="state">
          <i class="dot" />
          <span>{v.t.labs.notStarted}</span>
        </p>
        <div class="lab-foot">
          <span class="grow">
            <a class="button main" href={`/labs/start?image=${image.id}`}>
              <Icon name="play" />
              {v.t.act.start}
              <span class="vh"> {image.name}</span>
            </a>
          </span>
        </div>
      </div>
    </article>
  );
}

function NoLabs({ v }: { v: View }) {
  const words = v.t.labs;
  const text = { student: words.emptyStudent, teacher: words.emptyTeacher, admin: words.emptyAdmin }[v.role];
  return (
    <Empty icon="labs" title={words.emptyTitle} text={text}>
      {v.role === 'student' ? (
        <LinkButton href="/courses" icon="courses">
          {words.emptyCourses}
        </LinkButton>
      ) : (
        <LinkButton href="/images/import" icon="upload" main>
          {words.emptyAction}
        </LinkButton>
      )}
    </Empty>
  );
}
