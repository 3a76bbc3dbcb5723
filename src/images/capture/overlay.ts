/** The overlay of a VM: opened once, believed as little as an image from outside. Its base is given by whoever asks, never by its header. */
import { basename } from 'node:path';
import { ImagesError } from '../errors.ts';
import { inspectQcow2, isQcow2, qcow2VirtualBytes } from '../formats/qcow2.ts';
import { ByteWindow } from '../formats/window.ts';
import type { ImageLimits } from '../limits.ts';
import { sourceSpec } from '../qemu-img.ts';
import { ask, checkTables, type MappableSource, OTHERS_MAY_READ, openFile } from '../source.ts';
import { OverlayMap } from './overlay-map.ts';

// The header and its extensions; tables are checked by qemu-img.
const HEAD_BYTES = 4096;

export interface OpenOverlay extends MappableSource {
  /** Throws `images.source_changed` if anybody wrote to the file since it was opened. Owners may change: libvirt sees to them. */
  unchanged(): Promise<void>;
}

/** Opens and checks. The caller closes `handle`. @throws ImagesError for everything that is no sound overlay of that size */
export async function openOverlay(
  path: string,
  virtualBytes: number,
  limits: ImageLimits,
  signal: AbortSignal,
): Promise<OpenOverlay> {
  const name = basename(path);
  const handle = await openFile(path, name);
  try {
    const opened = await handle.stat({ bigint: true });
    if (!opened.isFile()) throw new ImagesError('images.source_not_file', { name });
    const window = new ByteWindow(handle, 0, Number(opened.size));
    const head = await window.read(0, HEAD_BYTES);
    if (!isQcow2(head)) throw new ImagesError('images.not_an_image', { name });
    await inspectQcow2(window, head, true);
    if (qcow2VirtualBytes(head) !== BigInt(virtualBytes)) throw damaged('its disk has another size');
    const overlay: OpenOverlay = {
      handle,
      format: 'qcow2',
      disk: 'qcow2',
      spec: sourceSpec('qcow2', null),
      worldReadable: (Number(opened.mode) & OTHERS_MAY_READ) !== 0,
      fileBytes: window.size,
      unchanged: async () => {
        const now = await handle.stat({ bigint: true });
        if (now.size === opened.size && now.mtimeNs === opened.mtimeNs) return;
        throw new ImagesError('images.source_changed', { name });
      },
    };
    await checkTables(overlay, limits, signal);
    return overlay;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Which bytes the overlay says itself. @throws ImagesError */
export async function mapOverlay(
  overlay: OpenOverlay,
  virtualBytes: number,
  limits: ImageLimits,
  signal: AbortSignal,
): Promise<OverlayMap> {
  const map = new OverlayMap({ virtualBytes, format: overlay.format, fileBytes: overlay.fileBytes });
  const args = ['map', '--output=json', overlay.spec];
  const result = await ask(overlay, args, limits, signal, (text) => map.take(text));
  if (result.exit !== 0) throw damaged(result.complaint);
  map.finish();
  return map;
}

function damaged(detail: string): ImagesError {
  return new ImagesError('images.damaged', { format: 'qcow2', detail });
}
