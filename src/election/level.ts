import { ClassicLevel } from 'classic-level';

/** LevelDB as the store needs it: binary keys and values, every wait bounded by LevelDB itself. */
export type Level = ClassicLevel<Buffer, Buffer>;

/** One put or removal of a batch. */
export type Change = { type: 'put'; key: Buffer; value: Buffer } | { type: 'del'; key: Buffer };

/**
 * The only place that knows the native module. Options are LevelDB's own defaults, save: all our values are read
 * once at start, so a block cache of 1 MiB does instead of 8; no compression, so that `leveldb/table.ts` can verify
 * tables by itself (a log that is cut behind each snapshot stays small anyway).
 */
export async function openLevel(folder: string): Promise<Level> {
  const level: Level = new ClassicLevel(folder, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    cacheSize: 1024 * 1024,
    compression: false,
  });
  await level.open();
  return level;
}
