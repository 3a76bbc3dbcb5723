/** What went wrong, as pages and the log can tell it. */
import { LabmeshError, type NodeProblem } from '../../state/index.ts';

/** A cause that pages can put into words. */
export function problemOf(error: unknown): NodeProblem {
  if (error instanceof LabmeshError) return { code: error.code, data: error.data };
  // Folders and small files are made without a tool that would have named it.
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    return { code: 'hypervisor.disk_full', data: { path: 'path' in error ? String(error.path) : '' } };
  }
  return { code: 'internal', data: { reason: error instanceof Error ? error.message : String(error) } };
}

/** For the log only: where something came from that nobody named. */
export function stackOf(error: unknown): { stack?: string } {
  return error instanceof Error && !(error instanceof LabmeshError) && error.stack
    ? { stack: error.stack }
    : {};
}
