/** The cloud's health in one phrase, true to what would happen if a PC went away. */
import { hosts, type Node } from '../../state/index.ts';
import { missingVoters, standOf } from './quorum-words.ts';
import type { View } from './view.ts';

/**
 * Since when a PC does not answer; null: it does. What the cloud agreed on, and where that may be old, what this PC sees:
 * without a majority nobody can write down who is gone.
 */
export function awaySince({ node: services }: View, node: Node): number | null {
  if (node.reach.state !== 'up') return node.reach.since;
  const peer = services.peer(node.id);
  return peer?.health === 'dead' ? services.now() - (peer.seenMs ?? 0) : null;
}

type Health = { tone: 'good' | 'busy' | 'warn' | 'bad'; phrase: string };

export function currentHealth(v: View): Health {
  const { node, state, t, f } = v;
  const nodes = state.tables.node.all().filter((one) => one.state !== 'retired');
  const quorum = node.quorum();
  const { mayFail, warnings } = quorum;
  const words = t.mesh.health;
  if (node.retirement() !== null) return { tone: 'bad', phrase: words.retired };
  const stand = standOf(quorum);
  if (stand === 'lost') {
    const missing = missingVoters(quorum).map((id) => state.tables.node.get(id)?.name ?? id);
    return { tone: 'bad', phrase: words.lost(f.list(missing), missing.length) };
  }
  if (stand === 'electing') return { tone: 'busy', phrase: words.electing };
  const power = state.cloud?.power.state;
  if (power === 'stopping') return { tone: 'busy', phrase: words.stopping };
  if (power === 'off') return { tone: 'warn', phrase: words.off };
  const off = nodes.filter((one) => awaySince(v, one) !== null);
  const [gone] = off;
  if (gone) {
    const who = off.length === 1 ? words.oneOff(gone.name) : words.manyOff(off.length);
    return { tone: 'warn', phrase: `${who}; ${words.mayFail(mayFail)}` };
  }
  const ill = nodes.filter((one) => !hosts(one));
  const [first] = ill;
  if (first) {
    const phrase = ill.length === 1 ? t.health.oneIll(first.name) : t.health.manyIll(ill.length);
    return { tone: 'warn', phrase };
  }
  if (nodes.length === 1) return { tone: 'good', phrase: t.health.single };
  if (warnings.length > 0) return { tone: 'warn', phrase: t.health.warned(nodes.length, mayFail) };
  return { tone: 'good', phrase: t.health.well(nodes.length, mayFail) };
}
