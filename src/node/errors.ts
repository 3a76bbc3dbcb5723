import { LabmeshError } from '../state/errors.ts';

/** What this PC's node itself can fail at, with the data its sentences need. */
export interface NodeErrors {
  'node.data_dir': { dir: string; reason: string };
  'node.data_in_use': { dir: string };
  'node.identity_damaged': { file: string };
  'node.stopping': Record<string, never>;
  'node.host_off': Record<string, never>;
  'node.host_starting': Record<string, never>;
  'vm.no_console': { name: string };
  'vm.image_not_here': { image: string };
  'vm.vanished': Record<string, never>;
  'vm.host_stopped': Record<string, never>;
  'vm.disk_full': { freeGiB: number };
  'vm.save_lost': Record<string, never>;
  'orphan.not_ours': { name: string };
  'orphan.unknown': { uuid: string };
  'image.busy': { name: string };
  'import.not_local': Record<string, never>;
}

export class NodeError<C extends keyof NodeErrors = keyof NodeErrors> extends LabmeshError {
  constructor(code: C, data: NodeErrors[C], options?: { cause?: unknown }) {
    super(code, data, options);
  }
}
