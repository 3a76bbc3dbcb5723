/** Giving a request up: what is lost by it, then its place in the queue is free. */
import type { Vm } from '../../state/index.ts';
import { ConfirmPage } from '../components/confirm.tsx';
import { queueEntry } from '../components/queue-words.ts';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebContext } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needVm } from './need.ts';
import { attempt, goTo, readForm, safeBack, show } from './show.ts';

export async function askCancel(c: WebContext): Promise<Response> {
  const vm = needVm(c);
  const back = safeBack(c.req.query('back'), `/vms/${vm.id}`);
  return show(c, <Ask v={viewOf(c)} vm={vm} problem={null} back={back} />);
}

export async function cancelRequest(c: WebContext): Promise<Response> {
  const vm = needVm(c);
  const asked = safeBack((await readForm(c)).text('back'), '/labs');
  // A lab that never ran goes away with its request, and its own pages with it.
  const back = asked.startsWith(`/vms/${vm.id}`) ? '/labs' : asked;
  const problem = await attempt(c, () => c.get('node').submit('request.cancel', { id: vm.id }, authorOf(c)));
  if (problem === null) return goTo(c, back, 'request_cancelled');
  return show(c, <Ask v={viewOf(c)} vm={vm} problem={problem} back={back} />, problem.status);
}

function Ask({ v, vm, problem, back }: { v: View; vm: Vm; problem: Problem | null; back: string }) {
  const words = v.t.plan.cancelRequest;
  const isNew = vm.observed.state === 'absent' && vm.homeNodeId === null;
  return (
    <ConfirmPage
      v={v}
      title={words.title(vm.name)}
      loss={isNew ? words.lossNew : words.lossKept}
      button={words.button}
      leave={words.keep}
      action={`/vms/${vm.id}/cancel`}
      back={back}
      problem={problem}
      icon="stop"
    >
      <p>{words.text(queueEntry(v, vm.id)?.position ?? null)}</p>
      <input type="hidden" name="back" value={back} />
    </ConfirmPage>
  );
}
