/** Images: the list, and the way to each. */
import { Hono } from 'hono';
import { currentVersion, deploymentOf, type Image, usableImages } from '../../state/index.ts';
import { Empty, Head, LinkButton } from '../components/bits.tsx';
import { authorName } from '../components/operation-row.tsx';
import { Page } from '../components/page.tsx';
import { Table } from '../components/table.tsx';
import { type View, viewOf } from '../components/view.ts';
import type { WebEnv } from '../env.ts';
import { ImageState, oneImagePages } from './image.tsx';
import { editorName } from './image-change.tsx';
import { importPages } from './import.tsx';
import { needTeacherRole } from './need.ts';
import { show } from './show.ts';

export function imagePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .use('*', async (c, next) => {
      needTeacherRole(c);
      await next();
    })
    .get('/', (c) => show(c, <Images v={viewOf(c)} />))
    .route('/import', importPages())
    .route('/:id', oneImagePages());
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
        <Table heads={[v.t.words.name, v.t.words.state, words.os, words.size, words.owner, words.usedBy]}>
          {images.map((image) => (
            <Row v={v} image={image} />
          ))}
        </Table>
      )}
    </Page>
  );
}

/** What one wants to know before a class: how many PCs have it already, and that somebody is changing it. */
function Notes({ v, image }: { v: View; image: Image }) {
  if (image.state !== 'ready') return null;
  const { copies, edits } = v.t;
  const { done, total } = deploymentOf(v.state, image, v.node.now());
  const where =
    done < total ? copies.onSome(v.f.number(done), v.f.number(total)) : copies.on(done, v.f.number(done));
  return (
    <div class="small soft">
      {where}
      {image.edit === null ? null : (
        <> {image.edit.userId === v.actor?.id ? edits.byYou : edits.by(editorName(v, image.edit.userId))}</>
      )}
    </div>
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
        <div class="stack close">
          <ImageState v={v} image={image} />
          <Notes v={v} image={image} />
        </div>
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
