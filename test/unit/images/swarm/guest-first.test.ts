/** While a guest waits the line is its own: what nobody waits for comes beside it, a little at a time. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { PresentBitmap } from '../../../../src/images/bitmap.ts';
import { chunkCount, type Manifest } from '../../../../src/images/index.ts';
import { answerHead } from '../../../../src/images/swarm/answer.ts';
import { Download } from '../../../../src/images/swarm/download.ts';
import type { ChunkSource, TakeRequest } from '../../../../src/images/swarm/source.ts';
import { until } from '../../../support/until.ts';
import { diskBytes, MiB, makeRig, type Rig, request, write } from '../rig.ts';

let rig: Rig;
let manifest: Manifest;

beforeAll(async () => {
  rig = await makeRig();
  const wanted = request(write(rig.path('disk.raw'), diskBytes()), { asRaw: true });
  await rig.store.import(wanted);
  // Nobody answers, so that nothing is compared with it.
  manifest = { ...(await rig.store.manifest(wanted.versionId)), virtualBytes: 128 * MiB };
});
afterAll(() => rig.remove());

/** What three PCs are asked, until the test has seen enough. */
async function asked(
  demand: readonly number[],
  take: (id: string, want: number, request: TakeRequest) => ReturnType<ChunkSource['take']>,
  isEnough: () => boolean,
): Promise<void> {
  const chunks = chunkCount(manifest);
  const ending = new AbortController();
  const download = new Download({
    manifest,
    here: PresentBitmap.empty(chunks),
    onChunk: async () => {},
    onLie: () => {},
    stallMs: 20_000,
    mayCome: async () => {},
    signal: ending.signal,
  });
  const source = (id: string): ChunkSource => ({
    id,
    manifest: () => new Promise(() => {}),
    take: (_, request) => take(id, PresentBitmap.read(request.want, chunks)?.count() ?? 0, request),
  });
  download.demand(demand);
  download.setSources(['a', 'b', 'c'].map(source));
  download.run().catch(() => {});
  await until('asked', isEnough);
  ending.abort();
}

/** How many chunks each question is about, of PCs that do not answer. */
async function silent(demand: readonly number[], least: number): Promise<number[]> {
  const questions: number[] = [];
  const take = (_: string, want: number) => {
    questions.push(want);
    return new Promise<never>(() => {});
  };
  await asked(demand, take, () => questions.length >= least);
  return questions;
}

test('S7 what a guest waits for and nobody has yet is waited for at every PC that is fetching itself', async () => {
  const nothingYet = new Blob([answerHead(PresentBitmap.empty(chunkCount(manifest)), [])]);
  const waitedFor: { id: string; want: number; insist: boolean }[] = [];
  const take = async (id: string, want: number, { waitMs, insist }: TakeRequest) => {
    if (waitMs === 0) return nothingYet.stream();
    waitedFor.push({ id, want, insist });
    return new Promise<never>(() => {});
  };
  await asked([1], take, () => waitedFor.length === 3);
  expect(waitedFor.map(({ id }) => id).sort()).toEqual(['a', 'b', 'c']);
  expect(waitedFor.every(({ want, insist }) => want === 1 && insist)).toBe(true);
});

test('without a guest all are asked for much at once; with one that waits, for what it waits for', async () => {
  expect((await silent([], 6)).length).toBe(6);
  expect(await silent([1], 1)).toEqual([1]);
});
