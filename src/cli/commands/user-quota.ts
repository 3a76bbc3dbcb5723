/** `user quota`: limits of a person's own (S14). */
import type { Command } from 'commander';
import { formatNumber } from '../../texts/index.ts';
import type { QuotaRow, UserRow } from '../answers-people.ts';
import type { Session } from '../session.ts';
import { memory, record } from '../table.ts';
import { limitOf, parseLimit } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';

/** What a person without limits of their own has: all of them are those of the role. */
const OF_ROLE: QuotaRow = { vms: null, running: null, vcpus: null, ramMiB: null, diskGiB: null };
/** The word that gives a limit back to the role. */
const ROLE = 'role';

interface Flags {
  readonly vms?: number | string;
  readonly running?: number | string;
  readonly vcpus?: number | string;
  readonly ram?: number | string;
  readonly disk?: number | string;
}

export function addUserQuota(program: Program, user: Command): void {
  addVerb<Flags>(
    program,
    user,
    'quota <user>',
    "show or change a person's own limits; what is not set is as for the role",
    [
      ['user quota ana', 'what holds for her alone'],
      ['user quota ana --running 4 --ram 32', 'four labs at once, with 32 GB in all'],
      ['user quota ana --running role', 'back to what students have'],
    ],
    async (session, [name = ''], flags) => {
      const before = await session.client.get<UserRow>(['users', name]);
      if (Object.keys(flags).length === 0) {
        session.answer(before, () => quotaText(session, before));
        return undefined;
      }
      const quota = changed(before.quota ?? OF_ROLE, flags);
      const own = Object.values(quota).some((limit) => limit !== null) ? quota : null;
      const after = await session.client.request<UserRow>('PATCH', ['users', before.id], {
        body: { quota: own },
      });
      session.answer(after, () => quotaText(session, after));
      return undefined;
    },
  )
    .option('--vms <n>', `VMs that exist, or "${ROLE}"`, parseLimit(ROLE, 1000))
    .option('--running <n>', 'VMs that run or wait', parseLimit(ROLE, 1000))
    .option('--vcpus <n>', 'their virtual processors in all', parseLimit(ROLE, 10_000))
    .option('--ram <gb>', 'their memory in all, in GB', parseLimit(ROLE, 65_536))
    .option('--disk <gb>', 'disk of all VMs, in GB', parseLimit(ROLE, 1_048_576));
}

function changed(quota: QuotaRow, { vms, running, vcpus, ram, disk }: Flags): QuotaRow {
  return {
    vms: vms === undefined ? quota.vms : limitOf(vms),
    running: running === undefined ? quota.running : limitOf(running),
    vcpus: vcpus === undefined ? quota.vcpus : limitOf(vcpus),
    ramMiB: ram === undefined ? quota.ramMiB : typeof ram === 'number' ? ram * 1024 : null,
    diskGiB: disk === undefined ? quota.diskGiB : limitOf(disk),
  };
}

function quotaText(session: Session, { name, role, quota }: UserRow): string {
  const { vms, running, vcpus, ramMiB, diskGiB } = quota ?? OF_ROLE;
  const say = (limit: number | null, unit: string) =>
    limit === null ? `as every ${role}` : `${formatNumber(limit, session.lang)}${unit}`;
  return record([
    ['Person', name],
    ['VMs', say(vms, '')],
    ['At once', say(running, '')],
    ['vCPUs', say(vcpus, '')],
    ['Memory', ramMiB === null ? say(null, '') : memory(ramMiB, session.lang)],
    ['Disk', say(diskGiB, ' GB')],
  ]);
}
