/** One image: its state, who uses it, and what is done with it. */
import { Hono } from 'hono';
import { currentVersion, type Image, mayManageImage } from '../../state/index.ts';
import { Head, LinkButton, Refused } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import { kindWords, OperationProgress } from '../components/operation-row.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { ChangeImage } from './image-change.tsx';
import { ImageCopies, imageCopyPages } from './image-copies.tsx';
import { ImageCourses, imageCoursePages } from './image-courses.tsx';
import { imageDeletePages } from './image-delete.tsx';
import { imageEditPages } from './image-edit.tsx';
import { EditImage, fieldsOf } from './image-fields.tsx';
import { ImageHistory, Versions } from './image-history.tsx';
import { NotMade, notMade } from './image-not-made.tsx';
import { ImageTransfers } from './image-transfers.tsx';
import { beginVerify, type Verification, Verify, verificationOf } from './image-verify.tsx';
import { imageVersionDeletePages } from './image-version-delete.tsx';
import { MAX_URL } from './import-fields.tsx';
import { needImage } from './need.ts';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';

export function oneImagePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => {
      const failed = notMade(c);
      if (failed) {
        const from = (c.req.query('from') ?? '').slice(0, MAX_URL);
        return show(c, <NotMade v={viewOf(c)} operation={failed} from={from} />);
      }
      const image = needImage(c);
      const checked = verificationOf(c.get('node'), image.id);
      return show(
        c,
        <OneImage v={viewOf(c)} image={image} form={emptyForm} problem={null} checked={checked} />,
      );
    })
    .post('/', async (c) => {
      const image = needImage(c);
      const form = await readForm(c);
      const change = { id: image.id, ...fieldsOf(form, image) };
      const problem = await attempt(c, () => c.get('node').submit('image.update', change, authorOf(c)));
      if (problem === null) return goTo(c, `/images/${image.id}`, 'saved');
      return show(
        c,
        <OneImage v={viewOf(c)} image={image} form={form} problem={problem} checked={null} />,
        problem.status,
      );
    })
    .post('/verify', (c) => {
      const image = needImage(c);
      beginVerify(c.get('node'), image.id);
      return goTo(c, `/images/${image.id}`);
    })
    .route('/deploy', imageCopyPages(refused))
    .route('/course', imageCoursePages(refused))
    .route('/versions/:number/delete', imageVersionDeletePages())
    .route('/delete', imageDeletePages())
    .route('/', imageEditPages());
}

/** The page with what one of its forms was refused. */
function refused(c: WebContext, image: Image, problem: Problem): Promise<Response> {
  const page = <OneImage v={viewOf(c)} image={image} form={emptyForm} problem={problem} checked={null} />;
  return show(c, page, problem.status);
}

interface OneImageProps {
  v: View;
  image: Image;
  form: Form;
  problem: Problem | null;
  checked: Verification | null;
}

function OneImage({ v, image, form, problem, checked }: OneImageProps) {
  const words = v.t.images;
  const mine = mayManageImage(v.actor, image);
  const version = currentVersion(v.state, image);
  return (
    <Page v={v} title={image.name} topics={[`image:${image.id}`, 'courses']}>
      <Head title={image.name} back={{ href: '/images', text: words.title }}>
        {image.state === 'ready' ? (
          <LinkButton href={`/labs/start?image=${image.id}`} icon="play" main>
            {version?.kind === 'iso' ? v.t.copies.install : words.startOne}
          </LinkButton>
        ) : null}
      </Head>
      <Refused v={v} problem={problem} />
      <div class="card pad">
        <ImageState v={v} image={image} />
      </div>
      {version?.kind === 'iso' ? (
        <div class="notice">
          <Icon name="info" />
          <div>
            <strong>{v.t.copies.installTitle}</strong>
            <p>{v.t.copies.installText}</p>
          </div>
        </div>
      ) : null}
      <div class="columns">
        <div class="stack">
          {version ? <ImageCopies v={v} image={image} version={version} /> : null}
          <Versions v={v} image={image} />
          <ImageTransfers v={v} image={image} />
          <section class="card plain">
            <h2>{words.operations}</h2>
            <ImageHistory v={v} image={image} />
          </section>
        </div>
        <div class="stack">
          <ChangeImage v={v} image={image} kind={version?.kind ?? 'iso'} />
          <ImageCourses v={v} image={image} />
          {mine ? <EditImage v={v} image={image} form={form} /> : <p class="soft small">{words.notYours}</p>}
          {version && image.state === 'ready' ? (
            <Verify v={v} image={image} version={version} checked={checked} />
          ) : null}
          {mine && image.state !== 'deleting' ? (
            <a class="button danger" href={`/images/${image.id}/delete`} data-ask>
              <Icon name="trash" />
              {image.state === 'importing' ? words.cancelImport : words.delete}
            </a>
          ) : null}
        </div>
      </div>
    </Page>
  );
}

export function ImageState({ v, image }: { v: View; image: Image }) {
  const tone = { importing: 'busy', ready: 'good', deleting: 'busy' }[image.state];
  const [operation] = v.state.tables.operation
    .by('target', image.id)
    .filter((one) => one.state === 'running');
  return (
    <div class="stack close">
      <span class="state">
        <i class={`dot ${tone}`} />
        <span>{v.t.images.states[image.state]}</span>
      </span>
      {operation && image.state === 'ready' ? (
        <span class="small soft">{kindWords(v, operation)}</span>
      ) : null}
      {operation ? <OperationProgress v={v} operation={operation} /> : null}
    </div>
  );
}
