/** On every page of a person: which of their labs is about to be suspended, and the way to more time. */
import { type Vm, vmState } from '../../state/index.ts';
import { Csrf, morphing } from './bits.tsx';
import { Icon } from './icon.tsx';
import type { View } from './view.ts';

/** As the cloud's own first warning: time enough to finish a thought and save. */
const WARN_MS = 15 * 60_000;
/** From here on it is urgent. */
const URGENT_MS = 5 * 60_000;
const MINUTE = 60_000;

export function LeaseNotices({ v }: { v: View }) {
  if (v.actor === null) return null;
  return (
    <>
      {v.state.tables.vm.by('owner', v.actor.id).map((vm) => (
        <LeaseNotice v={v} vm={vm} />
      ))}
    </>
  );
}

function LeaseNotice({ v, vm }: { v: View; vm: Vm }) {
  if (vm.leaseEndsAt === null || vmState(vm) !== 'running') return null;
  const left = vm.leaseEndsAt - v.node.now();
  if (left <= 0 || left > WARN_MS) return null;
  const words = v.t.plan.lease;
  const renew = `/vms/${vm.id}/renew`;
  return (
    <div class={left > URGENT_MS ? 'notice warn' : 'notice bad'} role="status" id={`lease-${vm.id}`}>
      <Icon name="clock" />
      <div>
        <strong>{words.warning(vm.name, v.f.duration(Math.ceil(left / MINUTE) * MINUTE))}</strong>
        <p>{words.text}</p>
        <form method="post" action={renew} class="inline" {...morphing(renew)}>
          <Csrf v={v} />
          <input type="hidden" name="back" value={v.url} />
          <button type="submit" class="button small">
            {words.renew}
            <span class="vh">: {vm.name}</span>
          </button>
        </form>
      </div>
    </div>
  );
}
