/**
 * When those who wait will start (S3): one walk through the leases that will end, for the whole queue at once. Each end frees room on
 * one PC, which goes to the first in the queue whom it suits and who delays nobody before. What people will do (stop early, renew, ask
 * for more) and reservations to come are not known to it: it is an estimate, and the next fact makes it anew.
 */
import { foresee, type Shadow } from './backfill.ts';
import { bySoonest, type End } from './ends.ts';
import { Heap } from './heap.ts';
import type { Placing } from './placing.ts';
import type { Request } from './request.ts';
import { fits, type Spot } from './spot.ts';

interface Event {
  readonly end: End;
  readonly spot: Spot;
}

/** For so many in a row it is worked out exactly who may pass them; each costs a look at all PCs. */
const MAX_SHADOWS = 200;

/** Expected start by VM id, ms; those that are missing wait for something else than the end of a lease. */
export function expectedStarts(placing: Placing, now: number): Map<string, number> {
  return new Simulation(placing, now).run();
}

class Simulation {
  readonly #placing: Placing;
  readonly #starts = new Map<string, number>();
  readonly #events: Heap<Event>;
  /** Who may go to any PC, by what they ask; who must go to one, by PC. In order of the queue. */
  readonly #anywhere = new Map<string, Request[]>();
  readonly #homed = new Map<string, Request[]>();
  readonly #order: Map<Request, number>;
  #shadow: Shadow | null = null;
  #shadowsLeft = MAX_SHADOWS;
  #waiting = 0;
  #nextHead = 0;

  constructor(placing: Placing, now: number) {
    this.#placing = placing;
    this.#order = new Map(placing.queue.map((request, at) => [request, at]));
    placing.carryOut();
    for (const request of placing.queue) {
      if (placing.hasPlace(request)) this.#starts.set(request.vm.id, now);
      else this.#list(request);
    }
    const events = placing.room.spots.flatMap((spot) =>
      placing.ends.on(spot.id).map((end) => ({ end, spot })),
    );
    this.#events = new Heap(
      (a, b) => bySoonest(a.end, b.end),
      events.filter(({ end }) => Number.isFinite(end.at)),
    );
  }

  run(): Map<string, number> {
    while (this.#waiting > 0) {
      const event = this.#events.pop();
      if (!event) break;
      this.#end(event);
      this.#fill(event.spot, event.end.at);
    }
    return this.#starts;
  }

  #list(request: Request): void {
    const { only, shape } = request;
    const lists = only === null ? this.#anywhere : this.#homed;
    const key = only ?? shape;
    const list = lists.get(key);
    if (list) list.push(request);
    else lists.set(key, [request]);
    this.#waiting += 1;
  }

  #end({ end, spot }: Event): void {
    const { used } = spot;
    used[0] = (used[0] ?? 0) - end.vcpus;
    used[1] = (used[1] ?? 0) - end.ramMiB;
    used[3] = (used[3] ?? 0) + end.savedGiB;
    this.#placing.ends.drop(spot.id, end.vmId);
  }

  /** Gives what is free on a PC to those who wait, best claim first. */
  #fill(spot: Spot, at: number): void {
    for (;;) {
      const next = this.#nextFor(spot, at);
      if (!next) return;
      const { request, list } = next;
      list.splice(list.indexOf(request), 1);
      this.#waiting -= 1;
      this.#starts.set(request.vm.id, at);
      for (let one = 0; one < 4; one++) spot.used[one] = (spot.used[one] ?? 0) + (request.asked[one] ?? 0);
      const until = at + request.leaseMs;
      const end = this.#placing.ends.add(spot.id, request.vm.id, until, request.need);
      this.#events.push({ end, spot });
      if (this.#shadow?.request === request) this.#shadow = null;
    }
  }

  #nextFor(spot: Spot, at: number): { request: Request; list: Request[] } | null {
    let best: { request: Request; list: Request[] } | null = null;
    const lists = [...this.#anywhere.values(), this.#homed.get(spot.id) ?? []];
    for (const list of lists) {
      const request = list[0];
      if (!request || (best && this.#at(request) > this.#at(best.request))) continue;
      if (fits(request.asked, (one) => spot.freeLater(one)) && this.#mayGo(spot, request, at))
        best = { request, list };
    }
    return best;
  }

  /** It is the first who waits, goes elsewhere, is over in time, or fits beside. */
  #mayGo(spot: Spot, request: Request, at: number): boolean {
    const shadow = this.#shadowNow();
    if (!shadow || shadow.spot !== spot || this.#at(request) <= this.#at(shadow.request)) return true;
    return at + request.leaseMs <= shadow.at;
  }

  #shadowNow(): Shadow | null {
    const { queue, room, ends } = this.#placing;
    while (!this.#shadow && this.#shadowsLeft > 0 && this.#nextHead < queue.length) {
      const head = queue[this.#nextHead];
      this.#nextHead += 1;
      if (!head || this.#starts.has(head.vm.id)) continue;
      this.#shadowsLeft -= 1;
      this.#shadow = foresee(room, ends, head)?.shadow ?? null;
    }
    return this.#shadow;
  }

  #at(request: Request): number {
    return this.#order.get(request) ?? 0;
  }
}
