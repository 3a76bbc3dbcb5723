/** Starting a new lab: image, size, hours, what happens to the work; refused, the form keeps what was typed. */
import { Hono } from 'hono';
import {
  currentVersion,
  type Image,
  mayUseImage,
  Refusal,
  type Size,
  usableImages,
} from '../../state/index.ts';
import { reserve, startVm } from '../actions/index.ts';
import { Csrf, Empty, Head, LinkButton, Refused } from '../components/bits.tsx';
import { Page } from '../components/page.tsx';
import { type Room, roomFinder } from '../components/places.ts';
import { ShareQuestion } from '../components/share-question.tsx';
import { type View, viewOf } from '../components/view.ts';
import { actorOf, authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { wasAsked } from './share.tsx';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';
import { Hours, Keep, More } from './start-fields.tsx';
import { laterRequest, Outlook, prospectOnly, StartButton, startRequest, When } from './start-outlook.tsx';

const GIB = 2 ** 30;

export function startPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => {
      const v = viewOf(c);
      const image = chosenImage(v, c.req.query('image') ?? '');
      return show(
        c,
        image ? (
          <StartForm v={v} image={image} form={emptyForm} problem={null} asked={wasAsked(c)} />
        ) : (
          <Choose v={v} />
        ),
      );
    })
    .post('/prospect', (c) => prospectOnly(c))
    .post('/', async (c) => {
      const form = await readForm(c);
      const v = viewOf(c);
      const image = chosenImage(v, form.text('image'));
      let next = '/labs';
      const problem = await attempt(c, async () => {
        next = await create(c, form);
      });
      if (problem === null) return goTo(c, next, form.text('when') === 'later' ? 'reserved' : undefined);
      return show(
        c,
        image ? (
          <StartForm v={v} image={image} form={form} problem={problem} asked />
        ) : (
          <Choose v={v} problem={problem} />
        ),
        problem.status,
      );
    });
}

/** A lab that starts as soon as there is room, or an hour that is kept free for it; where to go then. */
async function create(c: WebContext, form: Form): Promise<string> {
  const { node } = c.var;
  if (form.text('image') === '')
    throw new Refusal('payload.invalid', {
      field: 'image',
      problem: 'Invalid input: expected string, received undefined',
    });
  if (form.text('when') === 'later') {
    const { targetId } = await reserve(node, actorOf(c), authorOf(c), laterRequest(viewOf(c), form));
    return `/reservations/${targetId}`;
  }
  const { targetId } = await startVm(node, actorOf(c), authorOf(c), startRequest(form));
  return `/vms/${targetId}`;
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

function StartForm(props: { v: View; image: Image; form: Form; problem: Problem | null; asked: boolean }) {
  const { v, image, form, problem, asked } = props;
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
    <Page
      v={v}
      title={v.t.start.titleOf(image.name)}
      topics={['vms', 'sizes', 'nodes', 'queue', 'reservations']}
      narrow
    >
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
        <When v={v} form={form} />
        <Keep v={v} clean={form.text('keep') === 'clean'} />
        <More v={v} image={image} form={form} />
        <Outlook v={v} image={image} form={form} sizeId={chosen ?? ''} />
        <StartButton v={v} />
      </form>
      <ShareQuestion v={v} asked={asked} />
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
