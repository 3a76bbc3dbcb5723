/** The start form's promise: what would happen to this request if it were made now. */
import type { Forecast } from '../../scheduler/index.ts';
import { currentVersion, LabmeshError } from '../../state/index.ts';
import { describe } from '../../texts/index.ts';
import { Icon, type IconName } from './icon.tsx';
import type { View } from './view.ts';

export interface Prospect {
  readonly tone: 'good' | 'warn' | 'bad';
  /** The sentence that counts, then what explains it. */
  readonly sentences: readonly string[];
}

/** @param imageId the image, by its name or id, that the request is for */
export function prospectOf(v: View, forecast: Forecast, imageId = ''): Prospect {
  const words = v.t.plan.forecast;
  const { when, preempts, position, expectedStart, reason } = forecast;
  const said = reason === null ? null : describe(reason.code, reason.data, v.lang);
  if (when === 'never') {
    return { tone: 'bad', sentences: said === null ? [words.never] : [words.never, said.message, said.hint] };
  }
  const suspends = preempts.length === 0 ? [] : [words.preempts(preempts.length)];
  if (when === 'now') {
    const pc = v.state.tables.node.get(forecast.nodeId ?? '')?.name;
    const first = pc === undefined ? words.nowAnywhere : words.now(pc);
    return { tone: 'good', sentences: [first, ...comingTo(v, imageId, forecast.nodeId), ...suspends] };
  }
  const n = position ?? 1;
  const place = expectedStart === null ? words.laterUnknown(n) : words.later(n, v.f.time(expectedStart));
  return {
    tone: 'warn',
    sentences: [place, ...(said === null ? [] : [said.message]), ...suspends, words.laterHint],
  };
}

/** What is to be said of the image where a copy of it is not on the PC yet. */
function comingTo(v: View, imageId: string, nodeId: string | null): string[] {
  const image = v.state.tables.image.get(imageId);
  const version = image && currentVersion(v.state, image);
  if (!version || nodeId === null || version.nodeIds.includes(nodeId)) return [];
  const words = v.t.plan.forecast;
  return [version.kind === 'iso' ? words.isoComes : words.imageComes];
}

/** A draft that cannot even be thought through says why, as its request would. */
export function prospectOr(v: View, work: () => Prospect): Prospect {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LabmeshError)) throw error;
    const { message, hint } = describe(error.code, error.data, v.lang);
    return { tone: 'bad', sentences: [message, hint] };
  }
}

const ICONS: Readonly<Record<Prospect['tone'], IconName>> = { good: 'check', warn: 'clock', bad: 'alert' };

export function ProspectWords({ prospect }: { prospect: Prospect }) {
  const [first, ...rest] = prospect.sentences;
  return (
    <div class={`promise ${prospect.tone}`}>
      <Icon name={ICONS[prospect.tone]} />
      <div>
        <strong>{first}</strong>
        {rest.map((sentence) => (
          <p class="small">{sentence}</p>
        ))}
      </div>
    </div>
  );
}
