/** For tests of agents that make versions: an image on a real image store and in a log in memory, which can be deaf. */
import type { Submit } from '../../../src/node/door.ts';
import { LabmeshError } from '../../../src/state/index.ts';
import { MiB, noise, type Rig, request, write } from '../images/rig.ts';
import { agent, as, id, NODE, TEACHER, type World } from '../state/world.ts';

export const IMAGE = id(70);

/** An image of 8 MiB, whose bytes follow from the seed, imported on this PC. @returns the id of its version */
export async function storedImage(world: World, rig: Rig, seed: number): Promise<string> {
  const file = write(rig.path('base.raw'), noise(Buffer.alloc(8 * MiB), seed));
  const imported = await rig.store.import(request(file, { imageId: IMAGE, asRaw: true }));
  const { versionId, manifestHash, virtualBytes, storedBytes, chunks } = imported;
  const wish = { id: IMAGE, name: 'small', os: 'linux', shared: true, nodeId: NODE };
  world.ok('image.begin_import', wish, as(TEACHER));
  const facts = { manifestHash, kind: 'disk', virtualBytes, storedBytes, chunks };
  world.ok('image.finish_import', { id: IMAGE, versionId, ...facts }, agent);
  return versionId;
}

/** The log as the node reaches it. */
export interface FakeLog {
  /** While set, the log refuses what the node says with this code. */
  deaf: string | null;
  asked: number;
  readonly submit: Submit;
}

export function logOf(world: World): FakeLog {
  const log: FakeLog = {
    deaf: null,
    asked: 0,
    submit: async (type, payload, author) => {
      log.asked += 1;
      if (log.deaf !== null) throw new LabmeshError(log.deaf, {});
      const outcome = world.do(type, payload, author);
      if (!outcome.ok) throw new LabmeshError(outcome.code, outcome.data);
      return { index: 0, targetId: outcome.targetId, operationId: outcome.operationId };
    },
  };
  return log;
}
