/** The cloud's health in one phrase, true to what would happen if a PC went away. */
import { hosts } from '../../state/index.ts';
import type { View } from './view.ts';

export function currentHealth({ node, state, t }: View): { tone: 'good' | 'warn' | 'bad'; phrase: string } {
  const nodes = state.tables.node.all().filter((one) => one.state !== 'retired');
  const { voters, alive, mayFail, warnings } = node.quorum();
  const ill = nodes.filter((one) => !hosts(one));
  const words = t.health;
  if (alive.length * 2 <= voters.length) {
    return { tone: 'bad', phrase: words.noQuorum(alive.length, voters.length) };
  }
  const [first] = ill;
  if (first) {
    const phrase = ill.length === 1 ? words.oneIll(first.name) : words.manyIll(ill.length);
    return { tone: 'warn', phrase };
  }
  if (nodes.length === 1) return { tone: 'good', phrase: words.single };
  if (warnings.length > 0) return { tone: 'warn', phrase: words.warned(nodes.length, mayFail) };
  return { tone: 'good', phrase: words.well(nodes.length, mayFail) };
}
