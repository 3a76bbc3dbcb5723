/** What is refused or told about copies of images on PCs. */
import type { NodeProblem } from './entities/index.ts';

export interface ReplicaErrors {
  /** GF18. `user` is who edits it, `until` when their right ends. */
  'image.delete_edited': { name: string; user: string; until: number };
  /** GF23. */
  'image.not_on_node': { image: string; node: string };
  'image.used_there': { image: string; node: string; vms: string[]; count: number };
  /** A copy whose going would leave fewer than `copies`. */
  'image.last_copies': { image: string; copies: number };
  /** GF35. */
  'image.no_node_left': { image: string; asked: number; nodes: number };
  'image.version_current': { image: string; number: number };
  'image.version_in_use': { image: string; number: number; vms: number };
  'image.version_leaving': { image: string; number: number };
  'image.deploy_not_running': { image: string };
  /** GF30: the others have it. */
  'image.deploy_partly': {
    image: string;
    done: number;
    total: number;
    nodes: { node: string; cause: NodeProblem }[];
    count: number;
  };
  /** GF31: the others have deleted it. */
  'image.remove_waits': { image: string; nodes: string[]; count: number };
  /** Why one PC has no copy: it is out of reach, or there is no PC. */
  'image.node_away': Record<string, never>;
  'image.no_more_nodes': { copies: number };
}
