/** Who changes an image now, and what can be done about it: open it, publish, give up, take over (I7). */
import { type Image, type ImageEdit, isAdmin, mayManageImage, mayUseVm, type Vm } from '../../state/index.ts';
import { LinkButton, PostButton } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import { OperationProgress } from '../components/operation-row.tsx';
import type { View } from '../components/view.ts';

export function ChangeImage({ v, image, kind }: { v: View; image: Image; kind: string }) {
  const mine = mayManageImage(v.actor, image);
  if (image.state !== 'ready' || kind === 'iso' || (!mine && image.edit === null)) return null;
  return (
    <section class="card pad stack" id="change">
      <h2>{v.t.edits.title}</h2>
      {image.edit ? <Edited v={v} image={image} edit={image.edit} /> : <Unedited v={v} image={image} />}
    </section>
  );
}

function Unedited({ v, image }: { v: View; image: Image }) {
  return (
    <>
      <p class="small soft">{v.t.edits.text}</p>
      <div class="row">
        <LinkButton href={`/images/${image.id}/change`} icon="rename">
          {v.t.edits.begin}
        </LinkButton>
      </div>
    </>
  );
}

function Edited({ v, image, edit }: { v: View; image: Image; edit: ImageEdit }) {
  const words = v.t.edits;
  const vm = v.state.tables.vm.get(edit.vmId);
  const isEditor = v.actor?.id === edit.userId;
  const mayTake = mayManageImage(v.actor, image) && (isAdmin(v.actor) || edit.endsAt <= v.node.now());
  return (
    <>
      <p>{editSentence(v, edit)}</p>
      {vm?.publishing ? (
        <Publishing v={v} image={image} vm={vm} mayStop={isEditor || mayTake} />
      ) : (
        <>
          <div class="row">
            {vm && mayUseVm(v.state, v.actor, vm) ? (
              <LinkButton href={`/vms/${vm.id}`} icon="open">
                {words.open}
              </LinkButton>
            ) : null}
            {isEditor ? (
              <a class="button main" href={`/images/${image.id}/publish`} data-ask>
                <Icon name="check" />
                {words.publish}
              </a>
            ) : null}
          </div>
          <div class="row">
            {isEditor ? (
              <PostButton v={v} action={`/images/${image.id}/renew`} icon="clock" kind="small">
                {words.renew}
              </PostButton>
            ) : null}
            {mayTake && !isEditor ? (
              <a class="button small" href={`/images/${image.id}/take`} data-ask>
                <Icon name="people" />
                {words.take}
              </a>
            ) : null}
            {isEditor || mayTake ? (
              <a class="button small danger" href={`/images/${image.id}/abandon`} data-ask>
                <Icon name="trash" />
                {words.abandon}
              </a>
            ) : null}
          </div>
        </>
      )}
    </>
  );
}

function Publishing(props: { v: View; image: Image; vm: Vm; mayStop: boolean }) {
  const { v, image, vm, mayStop } = props;
  const operation = v.state.tables.operation.get(vm.publishing?.operationId ?? '');
  const isOff = vm.observed.state === 'stopped' || vm.observed.state === 'failed';
  return (
    <>
      <p class="state">
        <i class="dot busy" />
        <span>{isOff ? v.t.edits.publishing(vm.name) : v.t.edits.stopping(vm.name)}</span>
      </p>
      {operation ? <OperationProgress v={v} operation={operation} /> : null}
      {mayStop ? (
        <div class="row">
          <PostButton v={v} action={`/images/${image.id}/publish/cancel`} icon="stop" kind="small">
            {v.t.edits.cancelPublish}
          </PostButton>
        </div>
      ) : null}
    </>
  );
}

/** Who changes it, since when and until when. */
export function editSentence(v: View, { userId, since, endsAt }: ImageEdit): string {
  const words = v.t.edits;
  if (v.actor?.id === userId) return words.mine(v.f.time(since), v.f.time(endsAt));
  const who = editorName(v, userId);
  if (endsAt <= v.node.now()) return words.ended(who, v.f.time(since));
  return words.theirs(who, v.f.time(since), v.f.time(endsAt));
}

export function editorName(v: View, userId: string): string {
  const user = v.state.tables.user.get(userId);
  return user?.fullName || user?.name || v.t.edits.somebody;
}
