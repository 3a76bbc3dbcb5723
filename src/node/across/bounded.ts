/** A body that another node sends, up to a bound. */
import { LabmeshError } from '../../state/index.ts';

/** @throws LabmeshError `bulk.too_large` as soon as it is more than `maxBytes` */
export async function bounded(from: Request | Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const part of from.body ?? []) {
    total += part.byteLength;
    if (total > maxBytes) throw new LabmeshError('bulk.too_large', { maxBytes });
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The same as JSON. @throws SyntaxError */
export async function boundedJson(from: Request | Response, maxBytes: number): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await bounded(from, maxBytes)));
}
