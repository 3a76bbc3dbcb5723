/** `image deploy` and `image undeploy`: on which PCs copies of an image are. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { stateWord } from '../../texts/index.ts';
import type { ImageRow } from '../answers-images.ts';
import type { Started } from '../answers-vms.ts';
import type { Session } from '../session.ts';
import { oneLine } from '../table.ts';
import { parseName } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';
import { finishWork } from '../work.ts';

interface DeployFlags {
  readonly on?: readonly string[];
  readonly copies?: number;
  readonly all?: boolean;
}

export function addImageDeploy(program: Program, image: Command): void {
  addVerb<DeployFlags>(
    program,
    image,
    'deploy <image>',
    'put copies of an image on PCs, so that labs start there at once',
    [
      ['image deploy debian --on pc-3', 'on this PC; more than one --on may be given'],
      ['image deploy debian --copies 5', 'on five PCs, the best ones'],
      ['image deploy debian --all', 'on every PC that runs VMs, also on those that join later'],
    ],
    async (session, [name = ''], { on = [], copies, all }) => {
      if (on.length === 0 && copies === undefined && all !== true)
        throw session.usage('Say where: --on PC, --copies NUMBER or --all.');
      const count = all === true ? { copies: 'all' } : copies === undefined ? {} : { copies };
      await deploy(session, name, { on, ...count }, (one) => `Copying ${one.name} to PCs`);
      return undefined;
    },
  )
    .option('--on <pc>', 'on this PC; may be given again', collect)
    .addOption(new Option('--copies <number>', 'on so many PCs').argParser(parseCopies).conflicts('all'))
    .option('--all', 'on every PC that runs VMs');
  addVerb<{ readonly on: readonly string[] }>(
    program,
    image,
    'undeploy <image>',
    'delete the copies of an image on a PC; as many as keep it safe stay elsewhere',
    [['image undeploy debian --on pc-3', '']],
    async (session, [name = ''], { on }) => {
      await deploy(session, name, { off: on }, (one) => `Deleting ${one.name} on ${on.join(', ')}`);
      return undefined;
    },
  ).requiredOption('--on <pc>', 'the PC; may be given again', collect);
}

async function deploy(
  session: Session,
  name: string,
  wish: object,
  labelOf: (one: Pick<ImageRow, 'name'>) => string,
): Promise<void> {
  const started = await session.client.post<Started>(['images', name, 'deploy'], wish);
  const id = started.image?.id ?? name;
  await finishWork(session, started, () => session.client.get<ImageRow>(['images', id]), {
    label: labelOf(started.image ?? { name }),
    done: (one) => `${one.name} is on:\n${copyLines(session, one).join('')}`,
  });
}

/** A line for each PC that has the image or is to have it. */
export function copyLines({ lang }: Session, { nodes, chunks }: ImageRow): string[] {
  return nodes.map(({ node, state, presentChunks, cause }) => {
    const part = state === 'whole' || chunks === null ? '' : `, ${presentChunks} of ${chunks} pieces`;
    const why = cause === null ? '' : ` (${cause.message})`;
    return `  ${oneLine(node)}: ${stateWord(state, lang)}${part}${why}\n`;
  });
}

function collect(name: string, before: readonly string[] = []): readonly string[] {
  return [...before, parseName(name)];
}

function parseCopies(text: string): number {
  const copies = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (copies >= 1 && copies <= 1000) return copies;
  throw new InvalidArgumentError('Write a whole number from 1 to 1000.');
}
