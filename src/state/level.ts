/** The feature gate (N10): the cloud does only what the build of every node of it understands. */
import type { Context } from './context.ts';
import { Refusal } from './refusals.ts';

/**
 * For reducers of commands that came with feature level `need`.
 * @throws Refusal `cloud.level_too_low` naming the nodes whose build is older
 */
export function needLevel(context: Context, need: number): void {
  const level = context.state.cloud?.level ?? 1;
  if (level >= need) return;
  const older = context.state.tables.node.all().filter((n) => n.state !== 'retired' && n.protocol < need);
  throw new Refusal('cloud.level_too_low', {
    need,
    level,
    nodes: older.map((node) => node.name).slice(0, 10),
  });
}

/** Raises the level to what all nodes speak by now; it never falls. */
export function raiseLevel(context: Context): void {
  const { cloud, tables } = context.state;
  const spoken = tables.node
    .all()
    .filter((node) => node.state !== 'retired')
    .map((node) => node.protocol);
  if (!cloud || spoken.length === 0) return;
  const level = Math.min(...spoken);
  if (level > cloud.level) context.put('cloud', { ...cloud, level });
}

/** A build older than the level would misread the log. @throws Refusal `node.too_old` */
export function needSpeaks(context: Context, name: string, protocol: number): void {
  const level = context.state.cloud?.level ?? 1;
  if (protocol < level) throw new Refusal('node.too_old', { node: name, protocol, level });
}
