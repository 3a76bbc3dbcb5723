/** The agreement in words that people understand: who votes, who is missing, what still works. Pure. */
import type { Quorum } from '../../node/interface.ts';
import type { Ui } from '../../texts/index.ts';

export interface QuorumWords {
  readonly tone: 'good' | 'busy' | 'warn' | 'bad';
  readonly sentence: string;
  /** What follows from it, and what to do; empty where nothing is to say. */
  readonly next: readonly string[];
}

/** How it stands: all decide, the master is being replaced, or too few are left. */
export function standOf({ voters, alive, masterId }: Quorum): 'led' | 'electing' | 'lost' {
  const up = voters.filter((id) => alive.includes(id)).length;
  if (voters.length > 0 && up * 2 <= voters.length) return 'lost';
  return masterId === null ? 'electing' : 'led';
}

/** Voters that do not answer. */
export function missingVoters({ voters, alive }: Quorum): readonly string[] {
  return voters.filter((id) => !alive.includes(id));
}

/**
 * @param pcs how many PCs the cloud has
 * @param nameOf a PC's name by its id
 * @param list joins names as the language does
 */
export function quorumWords(
  quorum: Quorum,
  pcs: number,
  t: Ui,
  nameOf: (id: string) => string,
  list: (names: readonly string[]) => string,
): QuorumWords {
  const words = t.mesh.quorum;
  const { voters, mayFail } = quorum;
  const missing = missingVoters(quorum);
  const names = list(missing.map(nameOf));
  const up = voters.length - missing.length;
  const stand = standOf(quorum);
  if (stand === 'lost') {
    const need = Math.floor(voters.length / 2) + 1 - up;
    const next = [words.lostThen(names, need, missing.length), words.recoverHint];
    return { tone: 'bad', sentence: words.lost(names, missing.length), next };
  }
  if (stand === 'electing') return { tone: 'busy', sentence: words.electing, next: [] };
  if (pcs === 1) return { tone: 'good', sentence: words.single, next: [t.nodes.singleHint] };
  const [only] = voters;
  if (voters.length === 1 && only !== undefined) {
    return { tone: 'warn', sentence: words.oneVoter(pcs, nameOf(only)), next: [] };
  }
  const sentence = words.voters(up, voters.length, mayFail);
  if (missing.length > 0) return { tone: 'warn', sentence, next: [words.missing(names, missing.length)] };
  return { tone: 'good', sentence, next: [] };
}
