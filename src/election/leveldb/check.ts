import type { DamageReason } from '../errors.ts';

export interface FileFault {
  reason: DamageReason;
  file: string;
  detail: string;
}

/** Placeholder until the formats are read; see the next commit. */
export async function checkDatabase(
  _folder: string,
  _markIndex: number,
): Promise<{ fault: FileFault | null; torn: { file: string; bytes: number }[] }> {
  return { fault: null, torn: [] };
}
