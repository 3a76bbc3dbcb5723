/** What became of each request: told by the state's own changes, for figures and for the rule that nobody starves. */
import type { Change, Vm } from '../../../src/state/index.ts';

export type Class = Vm['kind'];

export interface Story {
  readonly vmId: string;
  readonly person: string;
  readonly kind: Class;
  readonly vcpus: number;
  /** When it was to start: the hour of a reservation, else when it was asked for. Ms. */
  readonly wantedAt: number;
  /** For how long its person meant to use it, ms. */
  readonly uses: number;
  placedAt: number | null;
  ranAt: number | null;
  /** Ms that it ran, up to `since` where it runs now. */
  ran: number;
  since: number | null;
  preempted: number;
  resumed: number;
  /** Refused at the door, with this code. */
  refused: string | null;
  /** Its person would not wait any longer. */
  gaveUp: boolean;
  endedAt: number | null;
}

export type Draft = Pick<Story, 'vmId' | 'person' | 'kind' | 'vcpus' | 'wantedAt' | 'uses'>;

export class Stories {
  readonly #byId = new Map<string, Story>();

  begin(draft: Draft): Story {
    const story: Story = {
      ...draft,
      placedAt: null,
      ranAt: null,
      ran: 0,
      since: null,
      preempted: 0,
      resumed: 0,
      refused: null,
      gaveUp: false,
      endedAt: null,
    };
    this.#byId.set(draft.vmId, story);
    return story;
  }

  get(vmId: string): Story | undefined {
    return this.#byId.get(vmId);
  }

  all(): readonly Story[] {
    return [...this.#byId.values()];
  }

  /** One change of a VM. */
  note({ before, after }: { before: Vm | null; after: Vm | null }, now: number): void {
    const story = this.#byId.get((after ?? before)?.id ?? '');
    if (!story) return;
    if (after === null) {
      this.#rests(story, now);
      story.endedAt = now;
      return;
    }
    if (after.placement !== null && story.placedAt === null) story.placedAt = now;
    if (after.held?.by === 'preempted' && before?.held?.by !== 'preempted') story.preempted += 1;
    if (before?.held?.by === 'preempted' && after.held === null) story.resumed += 1;
    const runs = after.observed.state === 'running' && after.observed.epoch === after.placement?.epoch;
    if (runs && story.since === null) {
      story.ranAt ??= now;
      story.since = now;
    }
    if (!runs) this.#rests(story, now);
  }

  #rests(story: Story, now: number): void {
    if (story.since === null) return;
    story.ran += now - story.since;
    story.since = null;
  }
}

/** The change of a VM, if it is one. */
export function vmChange(change: Change): { before: Vm | null; after: Vm | null } | null {
  return change.kind === 'vm' ? change : null;
}
