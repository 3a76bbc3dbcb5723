/** Deleting one version of an image: asked for on a page that says what is lost. */
import { Hono } from 'hono';
import { type Image, type ImageVersion, Refusal, versionsOf } from '../../state/index.ts';
import { ConfirmPage } from '../components/confirm.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needImage } from './need.ts';
import { attempt, goTo, show } from './show.ts';

export function imageVersionDeletePages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <Delete v={viewOf(c)} {...needVersion(c)} problem={null} />))
    .post('/', async (c) => {
      const { image, version } = needVersion(c);
      const wish = { id: image.id, versionId: version.id };
      const problem = await attempt(c, () => c.get('node').submit('image.remove_version', wish, authorOf(c)));
      if (problem === null) return goTo(c, `/images/${image.id}`, 'deleted');
      const page = <Delete v={viewOf(c)} image={image} version={version} problem={problem} />;
      return show(c, page, problem.status);
    });
}

function needVersion(c: WebContext): { image: Image; version: ImageVersion } {
  const image = needImage(c);
  const number = c.req.param('number') ?? '';
  const version = versionsOf(c.get('node').state, image.id).find((one) => String(one.number) === number);
  if (!version) throw new Refusal('not_found', { kind: 'version', id: number.slice(0, 80) });
  return { image, version };
}

interface DeleteProps {
  v: View;
  image: Image;
  version: ImageVersion;
  problem: Problem | null;
}

function Delete({ v, image, version, problem }: DeleteProps) {
  const words = v.t.copies;
  const back = `/images/${image.id}`;
  return (
    <ConfirmPage
      v={v}
      title={words.deleteTitle(v.f.number(version.number), image.name)}
      loss={words.deleteLoss}
      button={words.deleteButton}
      action={`${back}/versions/${version.number}/delete`}
      back={back}
      problem={problem}
    />
  );
}
