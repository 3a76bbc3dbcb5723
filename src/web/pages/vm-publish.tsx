/** A lab that keeps its disk can be published as an image of its own (G6); the lab of an edit leads to its image. */
import { Hono } from 'hono';
import { isAdmin, type Vm } from '../../state/index.ts';
import { publishVm } from '../actions/index.ts';
import { Field } from '../components/bits.tsx';
import { ConfirmPage } from '../components/confirm.tsx';
import { Icon } from '../components/icon.tsx';
import { type View, viewOf } from '../components/view.ts';
import { actorOf, authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needTeacherRole, needVm } from './need.ts';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';
import { Tick } from './start-fields.tsx';

export function vmPublishPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/:id/publish', (c) => {
      needTeacherRole(c);
      return show(c, <AsImage v={viewOf(c)} vm={needVm(c)} form={emptyForm} problem={null} />);
    })
    .post('/:id/publish', async (c) => {
      needTeacherRole(c);
      const vm = needVm(c);
      const form = await readForm(c);
      let imageId = '';
      const problem = await attempt(c, async () => {
        const wish = { as: form.text('name').trim(), shared: form.flag('shared'), force: form.flag('force') };
        imageId = (await publishVm(c.get('node'), actorOf(c), authorOf(c), vm, wish)).targetId ?? '';
      });
      if (problem === null) return goTo(c, `/images/${imageId}`);
      return show(c, <AsImage v={viewOf(c)} vm={vm} form={form} problem={problem} />, problem.status);
    });
}

/** What a lab's page says of images that come of it. */
export function VmPublish({ v, vm }: { v: View; vm: Vm }) {
  const words = v.t.edits;
  const edited = v.state.tables.image.get(vm.editOf ?? '');
  if (edited?.edit?.vmId === vm.id) {
    return (
      <p class="small">
        {words.changedHere} <a href={`/images/${edited.id}`}>{edited.name}</a>
      </p>
    );
  }
  const target = v.state.tables.image.get(vm.publishing?.imageId ?? '');
  if (target) {
    return (
      <p class="small">
        {words.publishing(vm.name)} <a href={`/images/${target.id}`}>{target.name}</a>
      </p>
    );
  }
  const mayPublish = isAdmin(v.actor) || v.role === 'teacher';
  if (!mayPublish || !vm.persistent || vm.homeNodeId === null || vm.desired === 'deleted') return null;
  return (
    <div class="row">
      <a class="button small" href={`/vms/${vm.id}/publish`} data-ask>
        <Icon name="images" />
        {words.asImage}
      </a>
    </div>
  );
}

function AsImage(props: { v: View; vm: Vm; form: Form; problem: Problem | null }) {
  const { v, vm, form, problem } = props;
  const words = v.t.edits;
  return (
    <ConfirmPage
      v={v}
      title={words.asTitle(vm.name)}
      loss={words.asText}
      button={words.publishButton}
      icon="check"
      action={`/vms/${vm.id}/publish`}
      back={`/vms/${vm.id}`}
      problem={problem}
    >
      <Field
        name="name"
        label={words.asName}
        hint={words.asHint}
        value={form.text('name')}
        maxlength={63}
        required
        autofocus
      />
      <Tick name="shared" text={v.t.images.share} hint={v.t.images.shareHint} on={form.flag('shared')} />
      {vm.desired === 'running' ? (
        <>
          <p>{words.shutsDown}</p>
          <Tick name="force" text={words.force} hint={words.forceHint} on={form.flag('force')} />
        </>
      ) : null}
    </ConfirmPage>
  );
}
