/** `cloud shutdown`, `startup`, `recover`: the cloud as a whole goes to rest, comes back, or goes on from one copy. */
import { type Command, Option } from 'commander';
import { formatDuration } from '../../texts/index.ts';
import type { PowerRow, Status } from '../answers-nodes.ts';
import { InterruptedError, REQUEST_MS } from '../client.ts';
import { CliError } from '../errors.ts';
import type { Session } from '../session.ts';
import { parseDeadline } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';
import { watch } from '../watch.ts';

/** People save their work within this, where nothing else is said. */
const DEFAULT_WAIT_MS = 600_000;
/** The node bounds it by a minute. */
const RECOVER_MS = 70_000;

export function addCloudPower(program: Program, cloud: Command): void {
  addShutdown(program, cloud);
  addVerb(
    program,
    cloud,
    'startup',
    'let VMs run again after a shutdown; those that were suspended for it resume',
    [['cloud startup', 'also calls a shutdown off']],
    async (session) => {
      const power = await session.client.post<PowerRow>(['cloud', 'startup']);
      session.answer(power, () => `The cloud is ${powerText(power, session)}.\n`);
      return undefined;
    },
  );
  addVerb<{ yes?: boolean }>(
    program,
    cloud,
    'recover',
    'go on from the copy of this PC when most voters are lost for good',
    [['cloud recover', 'on one PC alone; those that are missing can never come back as they were']],
    async (session, _args, { yes = false }) => {
      session.needLocal();
      if (!yes) await confirmRecovery(session);
      await session.client.post(['cloud', 'recover'], {}, session.timeoutMs ?? RECOVER_MS);
      session.answer({ recovered: true }, () => 'The cloud goes on from the copy of this PC.\n');
      return undefined;
    },
  ).option('--yes', 'do not ask');
}

function addShutdown(program: Program, cloud: Command): void {
  addVerb<{ now?: boolean; wait?: number }>(
    program,
    cloud,
    'shutdown',
    'suspend every VM and start none until the startup; the PCs stay on',
    [
      ['cloud shutdown', 'people have ten minutes'],
      ['cloud shutdown --wait 30m', 'people have half an hour'],
      ['cloud shutdown --now', ''],
    ],
    async (session, _args, { now = false, wait = DEFAULT_WAIT_MS }) => {
      const waitSeconds = now ? 0 : Math.round(wait / 1000);
      const started = await session.client.post<PowerRow>(['cloud', 'shutdown'], { waitSeconds }, REQUEST_MS);
      const power = session.wait ? await poweredOff(session, started) : started;
      session.answer(power, () => `The cloud is ${powerText(power, session)}.\n`);
      return undefined;
    },
  )
    .addOption(new Option('--now', 'suspend all VMs at once').conflicts('wait'))
    .addOption(new Option('--wait <time>', 'how long VMs may go on (default: 10m)').argParser(parseDeadline));
}

/** @throws CliError `cli.shutdown_timeout` (exit 5), `cli.shutdown_cancelled` */
async function poweredOff(session: Session, started: PowerRow): Promise<PowerRow> {
  const power = await watch(session, {
    label: 'Switching off',
    first: started,
    look: async () => (await session.client.get<Status>(['status'], {}, REQUEST_MS)).power,
    isOver: ({ state }) => state !== 'stopping',
    step: ({ running }) => ({
      phase: running === 1 ? 'one lab runs' : `${running} labs run`,
      done: Math.max(0, started.running - running),
      total: started.running,
    }),
    late: ({ running }, seconds) => new CliError('cli.shutdown_timeout', { seconds, vms: running }),
    interrupted: 'The cloud goes on switching off; "labmesh cloud startup" calls it off.',
  });
  if (power.state === 'on') throw new CliError('cli.shutdown_cancelled', {});
  return power;
}

/** "on", "off", or how it is being switched off. */
export function powerText({ state, deadlineAt, running }: PowerRow, { lang }: Session): string {
  if (state !== 'stopping') return state;
  const left = deadlineAt === null ? 0 : deadlineAt - Date.now();
  const when = left > 0 ? `, what runs then is suspended in ${formatDuration(left, lang)}` : '';
  return `being switched off${when} (${running} running)`;
}

/** @throws CliError `cli.not_confirmed`, InterruptedError */
async function confirmRecovery(session: Session): Promise<void> {
  const { io } = session;
  if (!io.inIsTerminal || !io.errIsTerminal)
    throw new CliError('cli.not_confirmed', { command: session.command });
  session.note(
    'The cloud will go on from the copy of this PC, and count the PCs that are missing as lost for good.',
  );
  session.note('What they confirmed and this copy lacks is lost. Do this on one PC alone.');
  const answer = await io.ask('Type yes to go on: ');
  if (answer === null) throw new InterruptedError();
  if (!/^(yes|sí|si)$/i.test(answer.trim()))
    throw new CliError('cli.not_confirmed', { command: session.command });
}
