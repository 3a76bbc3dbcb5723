/** How the PCs agree, in a sentence first. */
import { quorumWords } from '../components/quorum-words.ts';
import type { View } from '../components/view.ts';
import { ProblemNotice } from './node-state.tsx';

export function Agreement({ v, pcs }: { v: View; pcs: number }) {
  const words = v.t.nodes;
  const quorum = v.node.quorum();
  const nameOf = (id: string) => v.state.tables.node.get(id)?.name ?? id;
  const { tone, sentence, next } = quorumWords(quorum, pcs, v.t, nameOf, v.f.list);
  const recoveredAt = v.state.cloud?.recoveredAt ?? null;
  return (
    <section class="card pad stack" id="agreement">
      <h2>{words.agreement}</h2>
      <div class="stack close">
        <p class="state">
          <i class={`dot ${tone}`} />
          <strong>{sentence}</strong>
        </p>
        {next.map((one) => (
          <p class="small">{one}</p>
        ))}
      </div>
      <dl class="facts">
        <dt>{words.master}</dt>
        <dd>
          {quorum.masterId === null ? words.noMaster : nameOf(quorum.masterId)}
          {quorum.masterId !== null && quorum.masterSince !== null ? (
            <span class="soft">, {words.masterSince(v.f.time(quorum.masterSince))}</span>
          ) : null}
        </dd>
        <dt>{v.t.mesh.quorum.votersAre}</dt>
        <dd>{v.f.list(quorum.voters.map(nameOf))}</dd>
        {quorum.standbys.length === 0 ? null : (
          <>
            <dt>{v.t.mesh.quorum.standbys}</dt>
            <dd>{v.f.list(quorum.standbys.map(nameOf))}</dd>
          </>
        )}
        <dt>{words.term}</dt>
        <dd class="num">{v.f.number(quorum.term)}</dd>
      </dl>
      {recoveredAt === null ? null : (
        <p class="small soft">{v.t.mesh.facts.recovered(v.f.time(recoveredAt))}</p>
      )}
      {quorum.warnings.map((warning) => (
        <ProblemNotice v={v} problem={warning} tone="warn" />
      ))}
    </section>
  );
}
