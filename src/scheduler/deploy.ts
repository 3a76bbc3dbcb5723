/** How many copies of an image each PC gets so that a target number of VMs can run at once (S11). */
import { type CloudState, hosts, type Node, needOf, offered, type Size, usedOn } from '../state/index.ts';
import { penalty, weightsOf } from './penalty.ts';
import type { Reason } from './views.ts';

export interface Copies {
  readonly nodeId: string;
  readonly copies: number;
}

type Wanted = Pick<Size, 'vcpus' | 'ramMiB' | 'osDiskGiB' | 'dataDiskGiB'>;

/**
 * PCs of the lowest rank first, then by ascending penalty, until the target is met. Cores and memory in use do not count: they will be free again, or made free.
 * @returns the PCs and how many VMs each takes, or `deploy.too_few` with what there would be room for
 */
export function deployCount(
  state: CloudState,
  size: Wanted,
  target: number,
  rankOf: (nodeId: string) => number = () => 0,
): readonly Copies[] | Reason {
  const need = needOf(size);
  const weights = weightsOf(state);
  const ranked = state.tables.node
    .all()
    .filter(hosts)
    .map((node) => {
      const used = { ...usedOn(state, node.id), vcpus: 0, ramMiB: 0 };
      return {
        node,
        most: copiesOn(node, used.tempGiB, size),
        fp: penalty(offered(node), used, need, weights),
      };
    })
    .filter(({ most }) => most > 0)
    .sort((a, b) => rankOf(a.node.id) - rankOf(b.node.id) || a.fp - b.fp || (a.node.id < b.node.id ? -1 : 1));
  const chosen: Copies[] = [];
  let left = target;
  for (const { node, most } of ranked) {
    if (left <= 0) break;
    const copies = Math.min(most, left);
    chosen.push({ nodeId: node.id, copies });
    left -= copies;
  }
  if (left > 0) return { code: 'deploy.too_few', data: { target, copies: target - left } };
  return chosen;
}

function copiesOn(node: Node, usedTempGiB: number, { vcpus, ramMiB, dataDiskGiB }: Wanted): number {
  const { cores, ramMiB: ram, tempGiB } = offered(node);
  const disks = dataDiskGiB > 0 ? (tempGiB - usedTempGiB) / dataDiskGiB : Number.POSITIVE_INFINITY;
  return Math.max(0, Math.floor(Math.min(cores / vcpus, ram / ramMiB, disks)));
}
