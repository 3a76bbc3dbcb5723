import { Core } from '../../../src/election/core.ts';
import type { Entry } from '../../../src/election/entry.ts';
import type { Faults } from './cluster.ts';

class VotesTwice extends Core {
  protected override mayVote(): boolean {
    return true;
  }
}

class CommitsOldTerms extends Core {
  protected override mayCommit(): boolean {
    return true;
  }
}

class IgnoresPreVoteTerm extends Core {
  protected override answersAsk(): boolean {
    return true;
  }
}

/** Two neighbours handed to the applier in each other's place. */
function outOfOrder(entries: readonly Entry[]): readonly Entry[] {
  const [first, second, ...rest] = entries;
  if (first === undefined || second === undefined || first.kind !== second.kind || first.body === '')
    return entries;
  return [{ ...second, index: first.index }, { ...first, index: second.index }, ...rest];
}

/** Faults as people make them; the simulator must notice each. */
export const planted: Record<string, { faults: Faults; noticedAs: RegExp; play?: 'figure 8' }> = {
  'votes twice in a term': {
    faults: { makeCore: (start, timing) => new VotesTwice(start, timing) },
    noticedAs: /one vote a term|election safety/,
  },
  "commits a former term's entry by counting": {
    faults: { makeCore: (start, timing) => new CommitsOldTerms(start, timing) },
    noticedAs: /leader completeness|state machine safety|is committed and would be overwritten/,
    play: 'figure 8',
  },
  'skips the durable write': {
    faults: { diskLies: true },
    noticedAs: /one vote a term|election safety|leader completeness|state machine safety|store|liveness/,
  },
  "ignores a pre-vote's term": {
    faults: { makeCore: (start, timing) => new IgnoresPreVoteTerm(start, timing) },
    noticedAs: /pre-vote/,
  },
  'applies out of order': { faults: { feed: outOfOrder }, noticedAs: /state machine safety|order of apply/ },
};
