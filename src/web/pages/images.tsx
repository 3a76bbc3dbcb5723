/** Images: the list, and the way to each. */
import { Hono } from 'hono';
import { currentVersion, type Image, usableImages } from '../../state/index.ts';
import { Empty, Head, LinkButton } from '../components/bits.tsx';
import { authorName } from '../components/operation-row.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import type { WebEnv } from '../env.ts';
import { ImageState, oneImagePages } from './image.tsx';
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
