/** The steps of changing an image: each says first what follows from it. */
import { Hono } from 'hono';
import { currentVersion, type Image, mayManageImage, Refusal, versionsOf } from '../../state/index.ts';
import { beginEdit, publishVm, smallestSize } from '../actions/index.ts';
import { Csrf, Head, Refused, Select } from '../components/bits.tsx';
import { ConfirmPage } from '../components/confirm.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { actorOf, authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { editorName } from './image-change.tsx';
import { needImage } from './need.ts';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';
import { Hours, Tick } from './start-fields.tsx';

const GIB = 2 ** 30;

export function imageEditPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/change', (c) =>
      show(c, <Begin v={viewOf(c)} image={needOwnImage(c)} form={emptyForm} problem={null} />),
    )
    .post('/change', async (c) => {
      const image = needOwnImage(c);
      const form = await readForm(c);
      let vmId = '';
      const problem = await attempt(c, async () => {
        const wish = { size: form.text('size') || undefined, hours: form.text('hours') || undefined };
        vmId = (await beginEdit(c.get('node'), authorOf(c), image, wish)).targetId ?? '';
      });
      if (problem === null) return goTo(c, `/vms/${vmId}`);
      return show(c, <Begin v={viewOf(c)} image={image} form={form} problem={problem} />, problem.status);
    })
    .post('/renew', async (c) => {
      const { id } = needImage(c);
      await c.get('node').submit('image.renew_edit', { id }, authorOf(c));
      return goTo(c, `/images/${id}`, 'edit_renewed');
    })
    .get('/publish', (c) => show(c, <Publish v={viewOf(c)} image={needImage(c)} problem={null} />))
    .post('/publish', async (c) => {
      const image = needImage(c);
      const form = await readForm(c);
      const problem = await attempt(c, () => {
        const vm = c.get('node').state.tables.vm.get(image.edit?.vmId ?? '');
        if (!vm) throw new Refusal('image.not_edited', { name: image.name });
        const wish = { as: image.id, force: form.flag('force') };
        return publishVm(c.get('node'), actorOf(c), authorOf(c), vm, wish);
      });
      if (problem === null) return goTo(c, `/images/${image.id}`);
      return show(c, <Publish v={viewOf(c)} image={image} problem={problem} />, problem.status);
    })
    .post('/publish/cancel', async (c) => {
      const { id, edit } = needImage(c);
      await c.get('node').submit('image.cancel_publish', { vmId: edit?.vmId ?? '' }, authorOf(c));
      return goTo(c, `/images/${id}`);
    })
    .get('/:act{abandon|take}', (c) =>
      show(c, <Ask v={viewOf(c)} image={needImage(c)} act={actOf(c)} problem={null} />),
    )
    .post('/:act{abandon|take}', async (c) => {
      const image = needImage(c);
      const act = actOf(c);
      const type = act === 'take' ? 'image.take_edit' : 'image.abandon_edit';
      const problem = await attempt(c, () => c.get('node').submit(type, { id: image.id }, authorOf(c)));
      const done = act === 'take' ? 'edit_taken' : 'edit_abandoned';
      if (problem === null) return goTo(c, `/images/${image.id}`, done);
      return show(c, <Ask v={viewOf(c)} image={image} act={act} problem={problem} />, problem.status);
    })
    .get('/use/:number', (c) =>
      show(c, <Use v={viewOf(c)} image={needOwnImage(c)} number={numberOf(c)} problem={null} />),
    )
    .post('/use/:number', async (c) => {
      const image = needOwnImage(c);
      const number = numberOf(c);
      const version = versionsOf(c.get('node').state, image.id).find((one) => one.number === number);
      if (!version) throw new Refusal('not_found', { kind: 'version', id: String(number) });
      const wish = { id: image.id, versionId: version.id };
      const problem = await attempt(c, () => c.get('node').submit('image.use_version', wish, authorOf(c)));
      if (problem === null) return goTo(c, `/images/${image.id}`, 'version_used');
      return show(c, <Use v={viewOf(c)} image={image} number={number} problem={problem} />, problem.status);
    });
}

/** @throws Refusal `image.forbidden` */
function needOwnImage(c: WebContext): Image {
  const image = needImage(c);
  if (!mayManageImage(actorOf(c), image)) throw new Refusal('image.forbidden', { name: image.name });
  return image;
}

function actOf(c: WebContext): 'abandon' | 'take' {
  return c.req.param('act') === 'take' ? 'take' : 'abandon';
}

function numberOf(c: WebContext): number {
  return Number(c.req.param('number')) || 0;
}

function Begin(props: { v: View; image: Image; form: Form; problem: Problem | null }) {
  const { v, image, form, problem } = props;
  const words = v.t.edits;
  const imageGiB = Math.ceil((currentVersion(v.state, image)?.virtualBytes ?? 0) / GIB);
  const sizes = v.state.tables.size.all().filter((size) => size.osDiskGiB >= imageGiB);
  const proposed = sizes.length === 0 ? '' : smallestSize(v.node, image).id;
  return (
    <Page v={v} title={words.beginTitle(image.name)} narrow topics={[`image:${image.id}`, 'sizes']}>
      <Head title={words.beginTitle(image.name)} back={{ href: `/images/${image.id}`, text: image.name }} />
      <Refused v={v} problem={problem} />
      <p>{words.beginText}</p>
      <form class="form" method="post" action={`/images/${image.id}/change`}>
        <Csrf v={v} />
        <Select
          name="size"
          label={words.size}
          value={form.text('size') || proposed}
          options={sizes.map((size) => [
            size.id,
            `${size.name}: ${v.t.start.sizeHint(size.vcpus, v.f.mib(size.ramMiB), v.f.gib(size.osDiskGiB))}`,
          ])}
          hint={words.sizeHint}
        />
        <Hours v={v} form={form} />
        <div class="row">
          <button class="button main" type="submit">
            {words.beginButton}
          </button>
        </div>
      </form>
    </Page>
  );
}

function Publish({ v, image, problem }: { v: View; image: Image; problem: Problem | null }) {
  const words = v.t.edits;
  const back = `/images/${image.id}`;
  const vm = v.state.tables.vm.get(image.edit?.vmId ?? '');
  const runs = vm?.desired === 'running';
  // The lab of the change is none of those that keep their version.
  const labs = v.state.tables.vm.by('image', image.id).filter((one) => one.id !== vm?.id).length;
  return (
    <ConfirmPage
      v={v}
      title={words.publishTitle(image.name)}
      loss={words.publishText}
      button={words.publishButton}
      icon="check"
      action={`${back}/publish`}
      back={back}
      problem={problem}
    >
      <p>{words.keeps(labs)}</p>
      {runs ? (
        <>
          <p>{words.shutsDown}</p>
          <Tick name="force" text={words.force} hint={words.forceHint} on={false} />
        </>
      ) : null}
    </ConfirmPage>
  );
}

function Ask(props: { v: View; image: Image; act: 'abandon' | 'take'; problem: Problem | null }) {
  const { v, image, act, problem } = props;
  const words = v.t.edits;
  const back = `/images/${image.id}`;
  const common = { v, action: `${back}/${act}`, back, problem };
  if (act === 'abandon') {
    const { abandonTitle, abandonLoss, abandonButton } = words;
    return (
      <ConfirmPage {...common} title={abandonTitle(image.name)} loss={abandonLoss} button={abandonButton} />
    );
  }
  const who = editorName(v, image.edit?.userId ?? '');
  return (
    <ConfirmPage
      {...common}
      title={words.takeTitle(image.name)}
      loss={words.takeText(who)}
      button={words.takeButton}
      icon="people"
    />
  );
}

function Use(props: { v: View; image: Image; number: number; problem: Problem | null }) {
  const { v, image, number, problem } = props;
  const words = v.t.edits;
  const back = `/images/${image.id}`;
  return (
    <ConfirmPage
      v={v}
      title={words.useTitle(number, image.name)}
      loss={words.useText}
      button={words.useButton(number)}
      icon="check"
      action={`${back}/use/${number}`}
      back={back}
      problem={problem}
    >
      <p>{words.keeps(v.state.tables.vm.countBy('image', image.id))}</p>
    </ConfirmPage>
  );
}
