/** What a PC finds out about itself: how guests run on it, and what its doctor says. */
import type { Check, HostState } from '../../node/interface.ts';
import { describe } from '../../texts/index.ts';
import type { View } from '../components/view.ts';

export function Virtualization({ v, host }: { v: View; host: Extract<HostState, { state: 'ready' }> }) {
  const words = v.t.nodes;
  const { accel } = host;
  const took = (ms: number | null) => (ms === null ? words.probeNever : v.f.duration(ms));
  return (
    <section class="card pad stack">
      <h2>{words.virtualization}</h2>
      <dl class="facts">
        <dt>{words.accel}</dt>
        <dd>
          {words[accel.chosen]} <span class="soft">({accel.forced ? words.forced : words.measured})</span>
        </dd>
        <dt>{words.probe}</dt>
        <dd class="num">
          {`${words.probeKvm}: ${took(accel.kvmMs)}`}
          <br />
          {`${words.probeTcg}: ${took(accel.tcgMs)}`}
        </dd>
        <dt>{words.libvirt}</dt>
        <dd class="num">{host.libvirtVersion}</dd>
        <dt>{words.qemu}</dt>
        <dd class="num">{host.qemuVersion}</dd>
      </dl>
    </section>
  );
}

const CHECK_TAGS = { ok: 'tag good', warning: 'tag warn', fault: 'tag bad' } as const;

export function Checks({ v, checks }: { v: View; checks: readonly Check[] }) {
  const words = v.t.nodes;
  return (
    <section class="card plain">
      <h2>{words.checks}</h2>
      <ul class="list">
        {checks.map((check) => {
          const { message, hint } = describe(check.code, check.data, v.lang);
          return (
            <li>
              <div class="stack close small">
                <span>{message}</span>
                {check.status === 'ok' ? null : <span class="soft">{hint}</span>}
              </div>
              <span class={CHECK_TAGS[check.status]}>{words.checkStates[check.status]}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
