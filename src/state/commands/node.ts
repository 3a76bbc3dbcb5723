/** PCs of the cloud. */
import * as z from 'zod';
import { needFreeName, refTo } from '../context.ts';
import { define } from '../definition.ts';
import { nameField, problemField } from '../fields.ts';
import { idSchema } from '../ids.ts';

/** Guest subnets are 10.x.y.0/24 cut from one /16 by this number, see `hypervisor/`: 250 leaves room for special ones. */
const MAX_SUBNETS = 250;

const announced = {
  name: nameField,
  address: z.string().min(1).max(255),
  version: z.string().min(1).max(64),
  capacity: z.object({
    cores: z.int().min(0).max(4096),
    ramMiB: z.int().min(0).max(16_777_216),
    storageGiB: z.int().min(0).max(1_048_576),
    tempGiB: z.int().min(0).max(1_048_576),
  }),
  accel: z.enum(['kvm', 'tcg', 'none']),
  hostProblem: problemField.nullable(),
};

/** A node says what it is and has; it repeats this whenever one of these facts changes. */
export const nodeRegister = define(z.object(announced), (context, facts) => {
  const id = context.needNode();
  needFreeName(context, 'node', facts.name, id);
  const known = context.state.tables.node.get(id);
  const subnet = known?.subnet ?? freeSubnet(context.state.tables.node.all().map((node) => node.subnet));
  const registeredAt = known?.registeredAt ?? context.now;
  const state = known?.state ?? 'ready';
  context.put('node', { ...facts, id, state, subnet, registeredAt, changedAt: context.now });
  return { target: refTo('node', { id, name: facts.name }) };
});

/** The lowest subnet number that no node has; nodes beyond the last share it, their guests never meet at layer 2. */
function freeSubnet(taken: readonly number[]): number {
  for (let n = 1; n < MAX_SUBNETS; n++) if (!taken.includes(n)) return n;
  return MAX_SUBNETS;
}

/** Renames a PC. */
export const nodeRename = define(z.object({ id: idSchema, name: nameField }), (context, { id, name }) => {
  context.needAdmin();
  const node = context.need('node', id);
  needFreeName(context, 'node', name, id);
  context.put('node', { ...node, name, changedAt: context.now });
  return { target: refTo('node', { id, name }) };
});
