/** Screens, logs and charts of things on other PCs. */
import type { NodeServices } from '../interface.ts';
import { bounded, boundedJson } from './bounded.ts';
import { AcrossError } from './errors.ts';
import * as forms from './forms.ts';
import { type BulkLink, errorFromAcross } from './link.ts';
import type { LocalParts } from './local.ts';
import { nodeName, placeOf, vmName } from './place.ts';

/** People look at a page: after this a sentence is better than a spinner. */
const ANSWER_MS = 10_000;

type Windows = Pick<NodeServices, 'openConsole' | 'serialLog' | 'screenshot' | 'usage'>;

export function guestsAcross(local: LocalParts, link: BulkLink | null): Windows {
  const { state, nodeId: here } = local;
  /** The other node that has it; null: this one, or nobody yet. */
  const elsewhere = (id: string): string | null => {
    const at = state.tables.node.get(id) ? id : placeOf(state, id);
    return at === here ? null : at;
  };
  const across = async <T>(id: string, nodeId: string, ask: (link: BulkLink) => Promise<T>): Promise<T> => {
    const silent = (cause?: unknown) =>
      new AcrossError('vm.node_silent', { vm: vmName(state, id), node: nodeName(state, nodeId) }, { cause });
    if (link === null) throw silent();
    try {
      return await ask(link);
    } catch (error) {
      throw errorFromAcross(error, silent, { name: vmName(state, id) });
    }
  };
  const get = async <T>(id: string, nodeId: string, path: string, read: (from: Response) => Promise<T>) =>
    await across(id, nodeId, async (way) => {
      const signal = AbortSignal.timeout(ANSWER_MS); // the body included
      return await read(await way.request(nodeId, `/vm/${id}/${path}`, { signal, timeoutMs: ANSWER_MS }));
    });
  return {
    async openConsole(vmId) {
      const nodeId = elsewhere(vmId);
      if (nodeId === null) return await local.openConsole(vmId);
      return await across(vmId, nodeId, (way) => way.connect(nodeId, `/console/${vmId}`));
    },
    async serialLog(vmId, maxBytes) {
      const nodeId = elsewhere(vmId);
      if (nodeId === null) return await local.serialLog(vmId, maxBytes);
      return await get(vmId, nodeId, `serial?bytes=${maxBytes}`, async (from) =>
        forms.serialSchema.parse(await boundedJson(from, forms.MAX_LOG_JSON)),
      );
    },
    async screenshot(vmId) {
      const nodeId = elsewhere(vmId);
      if (nodeId === null) return await local.screenshot(vmId);
      return await get(vmId, nodeId, 'screenshot', async (from) =>
        from.status === 204 ? null : await bounded(from, forms.MAX_PICTURE_BYTES),
      );
    },
    async usage(subjectId, span) {
      const nodeId = elsewhere(subjectId);
      if (nodeId === null) return await local.usage(subjectId, span);
      return await get(subjectId, nodeId, `usage/${span}`, async (from) =>
        forms.usageSchema.parse(await boundedJson(from, forms.MAX_USAGE_JSON)),
      );
    },
  };
}
