/** Images: the list, one image, and what is done with it. */
import { Hono } from 'hono';
import { currentVersion, type Image, mayManageImage, usableImages } from '../../state/index.ts';
import { Csrf, Empty, Field, Head, LinkButton, Refused, Select, Time } from '../components/bits.tsx';
import { ConfirmPage } from '../components/confirm.tsx';
import { Icon } from '../components/icon.tsx';
import { authorName, OperationProgress, OperationRow } from '../components/operation-row.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { beginVerify, type Verification, verificationOf } from './image-verify.ts';
import { importPages } from './import.tsx';
import { needImage, needTeacherRole } from './need.ts';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';

const HISTORY = 10;

export function imagePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .use('*', async (c, next) => {
      needTeacherRole(c);
      await next();
    })
    .get('/', (c) => show(c, <Images v={viewOf(c)} />))
    .route('/import', importPages())
    .get('/:id', (c) => {
      const image = needImage(c);
      const checked = verificationOf(c.get('node'), image.id);
      return show(
        c,
        <OneImage v={viewOf(c)} image={image} form={emptyForm} problem={null} checked={checked} />,
      );
    })
    .post('/:id', async (c) => {
      const image = needImage(c);
      const form = await readForm(c);
      const change = {
        id: image.id,
        name: form.text('name'),
        os: osOf(form.text('os'), image),
        shared: form.flag('shared'),
      };
      const problem = await attempt(c, () => c.get('node').submit('image.update', change, authorOf(c)));
      if (problem === null) return goTo(c, `/images/${image.id}`, 'saved');
      return show(
        c,
        <OneImage v={viewOf(c)} image={image} form={form} problem={problem} checked={null} />,
        problem.status,
      );
    })
    .post('/:id/verify', (c) => {
      const image = needImage(c);
      beginVerify(c.get('node'), image.id);
      return goTo(c, `/images/${image.id}`);
    })
    .get('/:id/delete', (c) => show(c, <Delete v={viewOf(c)} image={needImage(c)} problem={null} />))
    .post('/:id/delete', async (c) => {
      const image = needImage(c);
      const importing = image.state === 'importing';
      const type = importing ? 'image.cancel_import' : 'image.remove';
      const problem = await attempt(c, () => c.get('node').submit(type, { id: image.id }, authorOf(c)));
      if (problem === null) return goTo(c, '/images', importing ? 'import_cancelled' : 'deleted');
      return show(c, <Delete v={viewOf(c)} image={image} problem={problem} />, problem.status);
    });
}

function osOf(text: string, image: Image): Image['os'] {
  return text === 'linux' || text === 'windows' || text === 'other' ? text : image.os;
}

function Images({ v }: { v: View }) {
  const images = usableImages(v.state, v.actor).toReversed();
  const words = v.t.images;
  const importButton = (
    <LinkButton href="/images/import" icon="upload" main>
      {words.import}
    </LinkButton>
  );
  return (
    <Page v={v} title={words.title} topics={['images', 'operations']}>
      <Head title={words.title} lead={words.lead}>
        {images.length === 0 ? null : importButton}
      </Head>
      {images.length === 0 ? (
        <Empty icon="images" title={words.emptyTitle} text={words.emptyText}>
          {importButton}
        </Empty>
      ) : (
        <div class="card">
          <table class="table cards">
            <thead>
              <tr>
                <th>{v.t.words.name}</th>
                <th>{v.t.words.state}</th>
                <th>{words.os}</th>
                <th>{words.size}</th>
                <th>{words.owner}</th>
                <th>{words.usedBy}</th>
              </tr>
            </thead>
            <tbody>
              {images.map((image) => (
                <Row v={v} image={image} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Page>
  );
}

function Row({ v, image }: { v: View; image: Image }) {
  const words = v.t.images;
  const version = currentVersion(v.state, image);
  const courses = v.state.tables.course.countBy('image', image.id);
  return (
    <tr id={`row-${image.id}`}>
      <td>
        <a href={`/images/${image.id}`}>{image.name}</a>
      </td>
      <td data-label={v.t.words.state}>
        <ImageState v={v} image={image} />
      </td>
      <td data-label={words.os}>{v.t.os[image.os]}</td>
      <td data-label={words.size} class="num nowrap">
        {version ? v.f.bytes(version.virtualBytes) : '–'}
      </td>
      <td data-label={words.owner}>{authorName(v, image.ownerId)}</td>
      <td data-label={words.usedBy}>
        {words.labs(v.state.tables.vm.countBy('image', image.id))}
        {courses === 0 ? '' : ` · ${v.t.courses.title}: ${courses}`}
      </td>
    </tr>
  );
}

function ImageState({ v, image }: { v: View; image: Image }) {
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
      {operation ? <OperationProgress v={v} operation={operation} /> : null}
    </div>
  );
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
  return (
    <Page v={v} title={image.name} topics={[`image:${image.id}`, 'courses']}>
      <Head title={image.name} back={{ href: '/images', text: words.title }}>
        {image.state === 'ready' ? (
          <LinkButton href={`/labs/start?image=${image.id}`} icon="play" main>
            {words.startOne}
          </LinkButton>
        ) : null}
      </Head>
      <Refused v={v} problem={problem} />
      <div class="card pad">
        <ImageState v={v} image={image} />
      </div>
      <div class="columns">
        <div class="stack">
          <Versions v={v} image={image} />
          <section class="card plain">
            <h2>{words.operations}</h2>
            <ImageHistory v={v} image={image} />
          </section>
        </div>
        <div class="stack">
          <section class="card pad stack">
            <h2>{words.courses}</h2>
            <Courses v={v} image={image} />
          </section>
          {mine ? <Edit v={v} image={image} form={form} /> : <p class="soft small">{words.notYours}</p>}
          {image.state === 'ready' ? <Verify v={v} image={image} checked={checked} /> : null}
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

function Versions({ v, image }: { v: View; image: Image }) {
  const words = v.t.images;
  const versions = v.state.tables.version.by('image', image.id).toReversed();
  const { node } = v.state.tables;
  return (
    <section class="card plain">
      <h2>{words.versions}</h2>
      {versions.length === 0 ? <p class="card-foot soft">{words.noVersions}</p> : null}
      <ul class="list">
        {versions.map((version) => {
          const names = node.resolve(version.nodeIds).map((one) => one.name);
          return (
            <li>
              <div class="stack close">
                <strong>{words.version(version.number)}</strong>
                <span class="small soft">
                  {`${words.kinds[version.kind]}, ${v.f.bytes(version.virtualBytes)} · ${words.stored} ${v.f.bytes(version.storedBytes)} · ${words.chunks(v.f.number(version.chunks))}`}
                </span>
                <span class="small soft">
                  {names.length === 0 ? words.nowhere : `${words.whole} ${v.f.list(names)}`}
                </span>
                <span class="code">{version.manifestHash.slice(0, 16)}…</span>
              </div>
              <span class="small soft">
                {authorName(v, version.authorId)} · <Time v={v} at={version.createdAt} />
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function ImageHistory({ v, image }: { v: View; image: Image }) {
  const table = v.state.tables.operation;
  const newest = table.resolve(table.idsBy('target', image.id).slice(-HISTORY)).reverse();
  if (newest.length === 0) return <p class="card-foot soft">{v.t.vm.historyEmpty}</p>;
  return (
    <ul class="list">
      {newest.map((operation) => (
        <OperationRow v={v} operation={operation} short />
      ))}
    </ul>
  );
}

function Courses({ v, image }: { v: View; image: Image }) {
  const courses = v.state.tables.course.by('image', image.id);
  if (courses.length === 0) return <p class="soft small">{v.t.images.noCourses}</p>;
  return (
    <div class="row">
      {courses.map((course) => (
        <a class="tag accent" href={`/courses/${course.id}`}>
          {course.name}
        </a>
      ))}
    </div>
  );
}

function Edit({ v, image, form }: { v: View; image: Image; form: Form }) {
  const words = v.t.images;
  const sent = form.has('name');
  return (
    <section class="card pad stack">
      <h2>{words.edit}</h2>
      <form class="form" method="post" action={`/images/${image.id}`} id="edit">
        <Csrf v={v} />
        <Field
          name="name"
          label={words.name}
          value={sent ? form.text('name') : image.name}
          maxlength={63}
          required
        />
        <Select
          name="os"
          label={words.os}
          value={sent ? form.text('os') : image.os}
          options={[
            ['linux', v.t.os.linux],
            ['windows', v.t.os.windows],
            ['other', v.t.os.other],
          ]}
        />
        <Shared v={v} checked={sent ? form.flag('shared') : image.shared} />
        <button class="button" type="submit">
          {v.t.words.save}
        </button>
      </form>
    </section>
  );
}

export function Shared({ v, checked }: { v: View; checked: boolean }) {
  return (
    <label class="check">
      <input type="checkbox" name="shared" value="yes" checked={checked} id="shared" />
      <span>{v.t.images.share}</span>
      <span class="hint small soft">{v.t.images.shareHint}</span>
    </label>
  );
}

function Verify({ v, image, checked }: { v: View; image: Image; checked: Verification | null }) {
  const words = v.t.images;
  const again = {
    'hx-get': v.url,
    'hx-trigger': 'every 2s',
    'hx-target': '#main',
    'hx-select': '#main',
    'hx-swap': 'outerMorph',
  };
  return (
    <section class="card pad stack" id="verify">
      <p class="small soft">{words.verifyHint}</p>
      {checked?.state === 'running' ? (
        <div class="meter" {...again}>
          <progress aria-label={v.t.operations.underway} />
          <span class="soft">{v.t.operations.underway}</span>
        </div>
      ) : (
        <form method="post" action={`/images/${image.id}/verify`} class="inline">
          <Csrf v={v} />
          <button class="button" type="submit">
            <Icon name="check" />
            {words.verify}
          </button>
        </form>
      )}
      {checked?.state === 'done' ? (
        <p role="status" class={checked.damaged === 0 ? 'tag good wrap' : 'tag bad wrap'}>
          {checked.damaged === 0
            ? words.verified(v.f.number(checked.checked))
            : words.damaged(v.f.number(checked.damaged), v.f.number(checked.checked))}
        </p>
      ) : null}
      {checked?.state === 'failed' ? <p role="status">{v.t.operations.states.failed}</p> : null}
    </section>
  );
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
