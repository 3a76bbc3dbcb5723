/** A request's claim: its points, term by term, each with its sentence. */
import type { Priority, Term } from '../../scheduler/index.ts';
import { reasonWords } from './queue-words.ts';
import type { View } from './view.ts';

/** Hundredths tell two PCs apart; points of a claim are whole or nearly so. */
const POINT_DIGITS = 1;

export function pointsWords(v: View, points: number, digits = POINT_DIGITS): string {
  return v.f.number(points, digits);
}

export function Claim({ v, priority }: { v: View; priority: Priority }) {
  const words = v.t.plan.why;
  const waited = priority.total - priority.base;
  return (
    <div class="stack tight">
      {priority.terms.length === 0 ? (
        <p class="soft">{words.noTerms}</p>
      ) : (
        <Terms v={v} terms={priority.terms.filter(counts)} total={priority.total} digits={POINT_DIGITS} />
      )}
      <p class="small soft">{words.base(pointsWords(v, priority.base), pointsWords(v, waited))}</p>
    </div>
  );
}

/** What rounds to nothing says nothing. */
function counts({ points }: Term): boolean {
  return Math.abs(points) >= 0.05;
}

/** Summands with their sentences, and the sum. */
export function Terms(props: { v: View; terms: readonly Term[]; total: number; digits: number }) {
  const { v, terms, total, digits } = props;
  return (
    <ul class="terms">
      {terms.map((term) => (
        <li>
          <span class="num">{signed(v, term.points, digits)}</span>
          <span>{reasonWords(v, term)}</span>
        </li>
      ))}
      <li class="sum">
        <span class="num">{pointsWords(v, total, digits)}</span>
        <span />
      </li>
    </ul>
  );
}

function signed(v: View, points: number, digits: number): string {
  const text = pointsWords(v, Math.abs(points), digits);
  return points < 0 ? `−${text}` : `+${text}`;
}
