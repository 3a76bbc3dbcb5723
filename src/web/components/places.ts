/** Which sizes have room now, and where a VM would go: what the start form promises. */
import { penalty } from '../../scheduler/index.ts';
import {
  type CloudState,
  hosts,
  limitsOf,
  type Node,
  needOf,
  type Resource,
  type Resources,
  type Size,
  setting,
  shortOn,
  usedOn,
} from '../../state/index.ts';

export type Room =
  | { readonly fits: true; readonly node: Node }
  /** What is short, how much of it one PC could give at most now, and whether even an idle PC would do. */
  | { readonly fits: false; readonly resource: Resource; readonly free: number; readonly ever: boolean }
  | { readonly fits: false; readonly resource: null };

/** Looks at every PC once, then answers for any number of sizes. */
export function roomFinder(state: CloudState): (size: Size) => Room {
  const nodes = state.tables.node.all().filter(hosts);
  const known = nodes.map((node) => ({ node, limits: limitsOf(state, node), used: usedOn(state, node.id) }));
  const weights = {
    cpu: setting(state, 'scheduler.weight_cpu'),
    ram: setting(state, 'scheduler.weight_ram'),
    storage: setting(state, 'scheduler.weight_storage'),
    temp: setting(state, 'scheduler.weight_temp'),
  };
  return (size) => {
    const need = needOf(size);
    const able = known
      .filter(({ limits, used }) => shortOn(limits, used, need).length === 0)
      .map(({ node, used }) => ({ node, fp: penalty(node.capacity, used, need, weights) }))
      .sort((a, b) => a.fp - b.fp);
    const best = able[0];
    if (best) return { fits: true, node: best.node };
    return scarcest(known, need);
  };
}

const NOTHING: Resources = { vcpus: 0, ramMiB: 0, storageGiB: 0, tempGiB: 0 };

function scarcest(known: readonly { limits: Resources; used: Resources }[], need: Resources): Room {
  const ever = known.some(({ limits }) => shortOn(limits, NOTHING, need).length === 0);
  const order: Resource[] = ['ramMiB', 'vcpus', 'storageGiB', 'tempGiB'];
  const most = (resource: Resource) =>
    Math.max(0, ...known.map(({ limits, used }) => limits[resource] - used[resource]));
  // Each resource may be free somewhere though no PC has all of them: then memory is what people can do most about.
  const resource = known.length === 0 ? null : (order.find((one) => most(one) < need[one]) ?? 'ramMiB');
  return resource === null
    ? { fits: false, resource }
    : { fits: false, resource, free: most(resource), ever };
}
