/** The cloud as a whole after its birth: its authority, its orderly stop and start (N15), its recovery from one copy (N9). */
import * as z from 'zod';
import { type Context, refTo } from '../context.ts';
import { define } from '../definition.ts';
import type { Cloud, Power } from '../entities/index.ts';
import { idSchema } from '../ids.ts';
import { raiseLevel } from '../level.ts';
import { needCloud, needNodeInUse, retireNode } from '../nodes.ts';
import { Refusal } from '../refusals.ts';

/** A day: nobody waits longer for a lab to end. */
const MAX_WAIT_MS = 24 * 3_600_000;

/**
 * The certificate authority in PEM, or several, newest first. Set once; root may replace it after a recovery.
 * @throws Refusal `cloud.authority_set`
 */
export const cloudAuthority = define(
  z.object({ certificate: z.string().max(65_536).startsWith('-----BEGIN CERTIFICATE-----') }),
  (context, { certificate }) => {
    const { author } = context;
    if (author.kind !== 'local' && author.kind !== 'node')
      throw new Refusal('access.denied', { need: 'node' });
    if (author.kind === 'node') needNodeInUse(context, author.nodeId);
    const cloud = needCloud(context);
    const replaces = author.kind === 'local' && cloud.recoveredAt !== null;
    if (cloud.authority !== null && !replaces) throw new Refusal('cloud.authority_set', { name: cloud.name });
    context.put('cloud', { ...cloud, authority: certificate });
    return { target: refTo('cloud', cloud) };
  },
);

/** Suspends every VM, now or once `waitMs` is over, and starts none until `cloud.startup`. */
export const cloudShutdown = define(
  z.object({ waitMs: z.int().min(0).max(MAX_WAIT_MS) }),
  (context, { waitMs }) => {
    context.needAdmin();
    const cloud = needCloud(context);
    if (cloud.power.state === 'off') refusePower(cloud, 'shutdown');
    const deadlineAt = context.now + waitMs;
    return setPower(context, cloud, { state: 'stopping', deadlineAt, by: context.authorId });
  },
);

/** Runs VMs again; those that the stop suspended resume by themselves. */
export const cloudStartup = define(z.object({}), (context) => {
  context.needAdmin();
  const cloud = needCloud(context);
  if (cloud.power.state === 'on') refusePower(cloud, 'startup');
  return setPower(context, cloud, { state: 'on', deadlineAt: null, by: context.authorId });
});

/** No VM runs any more: the PCs may be switched off. */
export const cloudPoweredOff = define(z.object({}), (context) => {
  context.needScheduler();
  const cloud = needCloud(context);
  if (cloud.power.state !== 'stopping') refusePower(cloud, 'powered_off');
  const { vm, node } = context.state.tables;
  const busy = node.all().filter((one) => one.state !== 'retired' && vm.countBy('compute', one.id) > 0);
  const first = busy[0];
  if (first) {
    const names = vm.by('compute', first.id).map((one) => one.name);
    throw new Refusal('node.busy', { node: first.name, vms: names.slice(0, 10), count: names.length });
  }
  return setPower(context, cloud, { ...cloud.power, state: 'off', deadlineAt: null });
});

/** One copy has become the cloud; the nodes that are missing are out of it for good. */
export const cloudRecovered = define(
  z.object({ missing: z.array(idSchema).max(1000) }),
  (context, { missing }) => {
    const { author } = context;
    if (author.kind !== 'local') throw new Refusal('access.denied', { need: 'local' });
    const cloud = needCloud(context);
    for (const id of new Set(missing)) {
      const node = context.need('node', id);
      if (id === author.nodeId) throw new Refusal('node.last', { node: node.name });
      if (node.state !== 'retired') retireNode(context, node);
    }
    context.put('cloud', { ...cloud, recoveredAt: context.now });
    raiseLevel(context);
    return { target: refTo('cloud', cloud) };
  },
);

function setPower(context: Context, cloud: Cloud, power: Power) {
  context.put('cloud', { ...cloud, power });
  return { target: refTo('cloud', cloud) };
}

function refusePower(cloud: Cloud, action: string): never {
  throw new Refusal('cloud.wrong_power', { state: cloud.power.state, action });
}
