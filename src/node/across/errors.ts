import { LabmeshError } from '../../state/errors.ts';

/** What fails when something is asked of another PC. `node` is its name. */
export interface AcrossErrors {
  'vm.node_silent': { vm: string; node: string };
  'upload.node_silent': { node: string };
  /** The other PC does not have what was asked for, e.g. because it has just moved. */
  'across.not_here': { name: string };
}

export class AcrossError<C extends keyof AcrossErrors = keyof AcrossErrors> extends LabmeshError {
  constructor(code: C, data: AcrossErrors[C], options?: { cause?: unknown }) {
    super(code, data, options);
  }
}
