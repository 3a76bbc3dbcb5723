/** What a capture has to do, chunk by chunk, before it does anything. */
import { CHUNK_BYTES, chunkCount, chunkLength } from '../manifest.ts';
import type { BaseChunks } from './base.ts';
import type { OverlayMap } from './overlay-map.ts';

/** `image`: the whole disk. `work`: only the chunks that differ from the base; the others are elided as zeros are. */
export type CaptureForm = 'image' | 'work';

export interface CapturePlan {
  readonly form: CaptureForm;
  readonly virtualBytes: number;
  readonly chunkBytes: number;
  /** Chunks of which the overlay says something, or which are longer than the base's: read anew, ascending. */
  readonly rebuilt: readonly number[];
  /** Chunks that are the base's as they are, ascending; empty for `work`. */
  readonly kept: readonly number[];
  /** Bytes of `rebuilt`, and of `kept`. */
  readonly rebuiltBytes: number;
  readonly keptBytes: number;
}

export function planCapture(
  form: CaptureForm,
  map: OverlayMap,
  base: BaseChunks | null,
  overlayBytes: number,
): CapturePlan {
  const shape = {
    virtualBytes: form === 'image' ? imageBytes(map, base, overlayBytes) : overlayBytes,
    // The same as the base's, so that a chunk can be compared with the one at its place.
    chunkBytes: base?.version.manifest.chunkBytes ?? CHUNK_BYTES,
  };
  const rebuilt = new Set(map.touchedChunks(shape.chunkBytes));
  const kept: number[] = [];
  for (let chunk = 0; form === 'image' && chunk < chunkCount(shape); chunk++) {
    if (rebuilt.has(chunk) || base === null || base.hash(chunk) === null) continue;
    if (base.length(chunk) === chunkLength(shape, chunk)) kept.push(chunk);
    else rebuilt.add(chunk); // the base's short last one, in a disk that grew
  }
  const bytesOf = (chunks: Iterable<number>) => {
    let sum = 0;
    for (const chunk of chunks) sum += chunkLength(shape, chunk);
    return sum;
  };
  return {
    form,
    ...shape,
    rebuilt: [...rebuilt].sort((a, b) => a - b),
    kept,
    rebuiltBytes: bytesOf(rebuilt),
    keptBytes: bytesOf(kept),
  };
}

/**
 * A VM's disk is as large as its size says, an image as large as it needs to be: while the guest wrote nothing beyond the image's end,
 * the image does not grow, or every edit would shut out the smaller sizes.
 */
function imageBytes(map: OverlayMap, base: BaseChunks | null, overlayBytes: number): number {
  if (base === null) return overlayBytes;
  const { virtualBytes } = base.version.manifest;
  return map.end <= virtualBytes ? virtualBytes : overlayBytes;
}
