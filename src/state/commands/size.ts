/** Sizes ("families") that VMs are made in. */
import * as z from 'zod';
import { needFreeName, refTo } from '../context.ts';
import { define } from '../definition.ts';
import { nameField } from '../fields.ts';
import { idSchema } from '../ids.ts';
import { Refusal } from '../refusals.ts';

/** Bounds: what QEMU's pc machine runs (255 vCPUs) and what any lab PC could have. */
export const sizeFields = z.object({
  id: idSchema,
  name: nameField,
  vcpus: z.int().min(1).max(255),
  ramMiB: z.int().min(64).max(1_048_576),
  osDiskGiB: z.int().min(1).max(65_536),
  dataDiskGiB: z.int().min(0).max(65_536),
});

/** Adds a size, or changes the one with that id; VMs keep what they were made with. */
export const sizeSet = define(sizeFields, (context, size) => {
  context.needAdmin();
  needFreeName(context, 'size', size.name, size.id);
  context.put('size', size);
  return { target: refTo('size', size) };
});

export const sizeRemove = define(z.object({ id: idSchema }), (context, { id }) => {
  context.needAdmin();
  const size = context.need('size', id);
  context.remove('size', id);
  return { target: refTo('size', size) };
});

/** The six families of CygnusCloud (V4): vCPUs, memory, system disk, data disk. */
export const defaultSizes: readonly Omit<z.infer<typeof sizeFields>, 'id'>[] = [
  { name: 'Linux small', vcpus: 1, ramMiB: 1024, osDiskGiB: 5, dataDiskGiB: 3 },
  { name: 'Linux medium', vcpus: 2, ramMiB: 2048, osDiskGiB: 10, dataDiskGiB: 6 },
  { name: 'Linux big', vcpus: 4, ramMiB: 3072, osDiskGiB: 15, dataDiskGiB: 12 },
  { name: 'Windows small', vcpus: 1, ramMiB: 1024, osDiskGiB: 20, dataDiskGiB: 4 },
  { name: 'Windows medium', vcpus: 2, ramMiB: 2048, osDiskGiB: 30, dataDiskGiB: 8 },
  { name: 'Windows big', vcpus: 4, ramMiB: 3072, osDiskGiB: 40, dataDiskGiB: 16 },
];

/** @throws Refusal `size.too_small` when the image's disk does not fit into the size's. */
export function needRoomFor(size: { name: string; osDiskGiB: number }, virtualBytes: number): void {
  const imageGiB = Math.ceil(virtualBytes / 2 ** 30);
  if (imageGiB > size.osDiskGiB) {
    throw new Refusal('size.too_small', { size: size.name, sizeGiB: size.osDiskGiB, imageGiB });
  }
}
