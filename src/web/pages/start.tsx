/** Starting a new lab: image, size, hours, what happens to the work; refused, the form keeps what was typed. */
import { Hono } from 'hono';
import {
  coursesOf,
  currentVersion,
  type Image,
  isEnrolled,
  mayUseImage,
  type Size,
  setting,
  usableImages,
} from '../../state/index.ts';
import { Csrf, Empty, Field, Head, LinkButton, Refused, Select } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import { Page } from '../components/page.tsx';
import { type Room, roomFinder } from '../components/places.ts';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';

const GIB = 2 ** 30;

export function startPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => {
      const v = viewOf(c);
      const image = chosenImage(v, c.req.query('image') ?? '');
      return show(
        c,
        image ? <StartForm v={v} image={image} form={emptyForm} problem={null} /> : <Choose v={v} />,
      );
    })
    .post('/', async (c) => {
      const form = await readForm(c);
      const v = viewOf(c);
      const image = chosenImage(v, form.text('image'));
      const id = v.node.newId();
      const problem = await attempt(c, () => create(c, id, form));
      if (problem === null) return goTo(c, `/vms/${id}`);
      return show(
        c,
        image ? (
          <StartForm v={v} image={image} form={form} problem={problem} />
        ) : (
          <Choose v={v} problem={problem} />
        ),
        problem.status,
      );
    });
}

function create(c: WebContext, id: string, form: Form): Promise<unknown> {
  const name = form.text('name').trim();
  const sshKeys = form
    .text('ssh')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return c.get('node').submit(
    'vm.create',
    {
      id,
      ...(name === '' ? {} : { name }),
      imageId: form.text('image'),
      sizeId: form.text('size'),
      hours: Number(form.text('hours') || Number.NaN),
      courseId: form.text('course') || null,
      persistent: form.text('keep') !== 'clean',
      sshKeys,
      pinnedNodeId: form.text('pin') || null,
    },
    authorOf(c),
  );
}

function chosenImage(v: View, id: string): Image | undefined {
  const image = v.state.tables.image.get(id);
  return image && image.state === 'ready' && mayUseImage(v.state, v.actor, image) ? image : undefined;
}

/** The first step where no card was pressed: which image. */
function Choose({ v, problem = null }: { v: View; problem?: Problem | null }) {
  const images = usableImages(v.state, v.actor).filter((image) => image.state === 'ready');
  return (
    <Page v={v} title={v.t.start.title} topics={['images', 'courses']} narrow>
      <Head title={v.t.start.title} back={{ href: '/labs', text: v.t.labs.title }} />
      <Refused v={v} problem={problem} />
      {images.length === 0 ? (
        <Empty icon="images" title={v.t.start.noImages} text={v.t.labs.emptyStudent} />
      ) : (
        <section class="card plain">
          <h2>{v.t.start.chooseImage}</h2>
          <ul class="list">
            {images.map((image) => (
              <li>
                <div>
                  <strong>{image.name}</strong>
                  <p class="small soft">{v.t.os[image.os]}</p>
                </div>
                <LinkButton href={`/labs/start?image=${image.id}`} icon="next">
                  {v.t.act.start}
                  <span class="vh"> {image.name}</span>
                </LinkButton>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Page>
  );
}

interface SizeOffer {
  readonly size: Size;
  readonly room: Room;
  readonly tooSmall: boolean;
}

function StartForm(props: { v: View; image: Image; form: Form; problem: Problem | null }) {
  const { v, image, form, problem } = props;
  const imageGiB = Math.ceil((currentVersion(v.state, image)?.virtualBytes ?? 0) / GIB);
  const roomFor = roomFinder(v.state);
  const offers = v.state.tables.size
    .all()
    .map((size) => ({ size, room: roomFor(size), tooSmall: size.osDiskGiB < imageGiB }));
  const bySize = offers.toSorted(
    (a, b) => a.size.ramMiB - b.size.ramMiB || a.size.osDiskGiB - b.size.osDiskGiB,
  );
  const proposed = bySize.find((one) => one.room.fits && !one.tooSmall) ?? bySize[0];
  // What is proposed stands first: on a phone the rest is a screen away.
  const inOrder = proposed ? [proposed, ...offers.filter((one) => one !== proposed)] : offers;
  const chosen = form.text('size') || proposed?.size.id;
  return (
    <Page v={v} title={v.t.start.titleOf(image.name)} topics={['vms', 'sizes', 'nodes']} narrow>
      <Head title={v.t.start.titleOf(image.name)} back={{ href: '/labs', text: v.t.labs.title }} />
      <Refused v={v} problem={problem} />
      <form class="form" method="post" action="/labs/start" id="start">
        <Csrf v={v} />
        <input type="hidden" name="image" value={image.id} />
        <fieldset>
          <legend>{v.t.start.size}</legend>
          <div class="choices">
            {inOrder.map((offer) => (
              <SizeChoice v={v} offer={offer} imageGiB={imageGiB} checked={offer.size.id === chosen} />
            ))}
          </div>
        </fieldset>
        <Hours v={v} form={form} />
        <Keep v={v} clean={form.text('keep') === 'clean'} />
        <More v={v} image={image} form={form} />
        <div class="row wide">
          <button class="button main" type="submit">
            <Icon name="play" />
            {v.t.start.submit}
          </button>
          <p class="promise">
            {proposed?.room.fits ? v.t.start.promise(proposed.room.node.name) : v.t.start.promiseNone}
          </p>
        </div>
      </form>
    </Page>
  );
}

function SizeChoice(props: { v: View; offer: SizeOffer; imageGiB: number; checked: boolean }) {
  const { v, offer, imageGiB, checked } = props;
  const { size, room, tooSmall } = offer;
  const words = v.t.start;
  const why = tooSmall ? words.tooSmall(v.f.gib(imageGiB)) : room.fits ? null : shortWords(v, room);
  return (
    <label class={why === null ? 'choice' : 'choice no'}>
      <input type="radio" name="size" value={size.id} checked={checked} required id={`size-${size.id}`} />
      <span class="title">{size.name}</span>
      <span class="detail">{words.sizeHint(size.vcpus, v.f.mib(size.ramMiB), v.f.gib(size.osDiskGiB))}</span>
      {why === null ? <span class="detail">{words.fitsNow}</span> : <span class="why">{why}</span>}
    </label>
  );
}

function shortWords({ t, f }: View, room: Exclude<Room, { fits: true }>): string {
  if (room.resource === null) return t.start.noHost;
  if (!room.ever) return t.start.never;
  if (room.resource === 'ramMiB') return t.start.noRam(f.mib(room.free));
  if (room.resource === 'vcpus') return t.start.noCpu(f.number(Math.floor(room.free)));
  return t.start.noDisk(f.gib(room.free));
}

function Hours({ v, form }: { v: View; form: Form }) {
  const min = setting(v.state, 'lease.min_hours');
  const max = setting(v.state, 'lease.max_hours');
  // Two hours: a usual class. Where the bounds exclude it, the nearest.
  const chosen = Number(form.text('hours')) || Math.min(max, Math.max(min, 2));
  const all = Array.from({ length: max - min + 1 }, (_, n) => min + n);
  if (all.length > 12) {
    return (
      <Field
        name="hours"
        label={v.t.start.hours}
        type="number"
        min={min}
        max={max}
        step="1"
        value={String(chosen)}
        hint={v.t.start.hoursHint}
        short
        required
      />
    );
  }
  return (
    <fieldset>
      <legend>{v.t.start.hours}</legend>
      <div class="choices hours">
        {all.map((hours) => (
          <label class="choice">
            <input type="radio" name="hours" value={String(hours)} checked={hours === chosen} required />
            <span class="title">{v.t.start.hour(hours)}</span>
          </label>
        ))}
      </div>
      <p class="small soft">{v.t.start.hoursHint}</p>
    </fieldset>
  );
}

function Keep({ v, clean }: { v: View; clean: boolean }) {
  const words = v.t.start;
  return (
    <fieldset>
      <legend>{words.keep}</legend>
      <div class="choices">
        <label class="choice">
          <input type="radio" name="keep" value="keep" checked={!clean} />
          <span class="title">{words.keepTitle}</span>
          <span class="detail">{words.keepText}</span>
        </label>
        <label class="choice">
          <input type="radio" name="keep" value="clean" checked={clean} />
          <span class="title">{words.cleanTitle}</span>
          <span class="detail">{words.cleanText}</span>
        </label>
      </div>
    </fieldset>
  );
}

function More({ v, image, form }: { v: View; image: Image; form: Form }) {
  const words = v.t.start;
  const courses = coursesOf(v.state, v.actor).filter((course) => course.imageIds.includes(image.id));
  const own = courses.find((one) => v.actor !== null && isEnrolled(v.state, v.actor.id, one.id));
  const nodes = v.role === 'admin' ? v.state.tables.node.all() : [];
  const typed = form.text('name') !== '' || form.text('ssh') !== '' || form.text('pin') !== '';
  return (
    <details class="more" id="more" open={typed}>
      <summary>{words.more}</summary>
      <div class="stack">
        <Field
          name="name"
          label={words.name}
          value={form.text('name')}
          hint={words.nameHint}
          maxlength={63}
        />
        {courses.length === 0 ? null : (
          <Select
            name="course"
            label={words.course}
            value={form.has('course') ? form.text('course') : (own?.id ?? '')}
            options={[
              ...(v.role === 'student' ? [] : [['', words.noCourse] as const]),
              ...courses.map((course) => [course.id, course.name] as const),
            ]}
          />
        )}
        <div class="field">
          <label for="ssh">{words.ssh}</label>
          <textarea
            class="input mono"
            id="ssh"
            name="ssh"
            rows={3}
            spellcheck={false}
            aria-describedby="ssh-hint"
          >
            {form.text('ssh')}
          </textarea>
          <p class="hint" id="ssh-hint">
            {words.sshHint}
          </p>
        </div>
        {nodes.length < 2 ? null : (
          <Select
            name="pin"
            label={words.pin}
            value={form.text('pin')}
            options={[['', words.pinAny], ...nodes.map((node) => [node.id, node.name] as const)]}
          />
        )}
      </div>
    </details>
  );
}
