/** `image edit`, `publish` and what goes with them: changing images, and which version new labs take. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { formatBytes, formatTime, stateWord } from '../../texts/index.ts';
import type { ImageRow, VersionRow } from '../answers-images.ts';
import type { Started, VmRow } from '../answers-vms.ts';
import { waitingRemark } from '../queue.ts';
import type { Session } from '../session.ts';
import { type Column, table } from '../table.ts';
import { amountOf, parseName } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';
import { finishWork } from '../work.ts';
import { doneText, vmAfter } from './vm-result.ts';

interface EditFlags {
  readonly size?: string;
  readonly hours?: number | string;
  readonly name?: string;
  readonly on?: string;
  readonly sshKey?: readonly string[];
}

interface PublishFlags {
  readonly as: string;
  readonly os?: string;
  readonly shared?: boolean;
  readonly force?: boolean;
}

export function addImageEdit(program: Program, image: Command): void {
  addEdit(program, image);
  addPublish(program, image);
  addAct(program, image, 'abandon', 'give up the changes to an image: the lab with them is deleted', {
    ask: (session, id) => session.client.delete<Started>(['images', id, 'edit']),
    label: (name) => `Giving up the changes to ${name}`,
    done: (name) => `The changes to ${name} are given up; the image is as it was.\n`,
  });
  addAct(program, image, 'take', 'take over what somebody else began to change of an image', {
    ask: (session, id) => session.client.post<Started>(['images', id, 'edit', 'take']),
    label: (name) => `Taking over the changes to ${name}`,
    done: (name) => `The changes to ${name} are yours now.\n`,
  });
  addVersions(program, image);
  addUse(program, image);
}

function addEdit(program: Program, image: Command): void {
  addVerb<EditFlags>(
    program,
    image,
    'edit <image>',
    'open an image for change in a lab of its own; nobody else changes it meanwhile',
    [
      ['image edit debian', 'then work in the lab, over as many sittings as it takes'],
      ['image edit debian --size "Linux medium" --hours 4', ''],
      ['image publish "debian edit" --as debian', 'makes the next version of it'],
    ],
    async (session, [name = ''], { sshKey, ...flags }) => {
      const wanted = { ...flags, ...(sshKey === undefined ? {} : { sshKeys: sshKey }) };
      const started = await session.client.post<Started>(['images', name, 'edit'], wanted);
      const called = started.vm?.name ?? name;
      await finishWork<VmRow>(session, started, () => vmAfter(session, called, started), {
        label: `Opening ${name} for change`,
        remark: () => waitingRemark(session, started.vm?.id ?? called),
        done: (found) =>
          `${doneText(session, found)}Change what you like in it, then: labmesh image publish "${found.name}" --as "${name}"\n`,
      });
      return undefined;
    },
  )
    .option('--size <size>', 'size of the lab (default: the smallest that fits)', parseName)
    .option('--hours <hours>', 'how long it may run before it is suspended', amountOf)
    .option('--name <name>', 'what the lab is called', parseName)
    .option('--on <node>', 'the only PC on which it may run', parseName)
    .option('--ssh-key <key>', 'public key that may sign in (repeatable)', collectKey);
}

function addPublish(program: Program, image: Command): void {
  addVerb<PublishFlags>(
    program,
    image,
    'publish <vm>',
    'make an image of what is on the disk of a lab; one that runs is shut down first',
    [
      ['image publish "debian edit" --as debian', 'the next version of the image that is changed in it'],
      ['image publish web --as "web server"', 'a new image; the lab stays'],
    ],
    async (session, [name = ''], { as, ...flags }) => {
      const started = await session.client.post<Started>(['vms', name, 'publish'], { as, ...flags });
      const id = started.image?.id ?? as;
      await finishWork(session, started, () => session.client.get<ImageRow>(['images', id]), {
        label: `Publishing ${as}`,
        done: (found) => `${found.name} is ready: version ${found.version ?? 1}. New labs take it.\n`,
      });
      return undefined;
    },
  )
    .requiredOption(
      '--as <image>',
      'the image that is changed in the lab, or the name of a new one',
      parseName,
    )
    .addOption(
      new Option('--os <family>', 'the system on a new image').choices(['linux', 'windows', 'other']),
    )
    .option('--shared', 'every teacher may use the new image')
    .option('--force', 'pull the plug of a lab that runs instead of asking it to shut down');
}

interface Act {
  readonly ask: (session: Session, id: string) => Promise<Started>;
  readonly label: (name: string) => string;
  readonly done: (name: string) => string;
}

function addAct(program: Program, image: Command, verb: string, summary: string, act: Act): void {
  addVerb(
    program,
    image,
    `${verb} <image>`,
    summary,
    [[`image ${verb} debian`, '']],
    async (session, [name = '']) => {
      const found = await session.client.get<ImageRow>(['images', name]);
      const started = await act.ask(session, found.id);
      await finishWork(session, started, () => session.client.get<ImageRow>(['images', found.id]), {
        label: act.label(found.name),
        done: (now) => act.done(now.name),
      });
      return undefined;
    },
  );
}

function addVersions(program: Program, image: Command): void {
  addVerb(
    program,
    image,
    'versions <image>',
    'list the versions of an image, and by how much each differs',
    [['image versions debian', 'the one that new labs take is marked']],
    async (session, [name = '']) => {
      const versions = await session.client.get<readonly VersionRow[]>(['images', name, 'versions']);
      session.answer(versions, () => table(versions, columns(session), session.io.columns));
      return undefined;
    },
  );
}

function addUse(program: Program, image: Command): void {
  addVerb(
    program,
    image,
    'use <image> <version>',
    'let new labs take another version of an image, older or newer',
    [['image use debian 2', 'labs that exist keep the version that they were made from']],
    async (session, [name = '', version = '']) => {
      const started = await session.client.post<Started>(['images', name, 'use'], { version });
      session.answer(
        started.image,
        () => `New labs take version ${version} of ${started.image?.name ?? name}.\n`,
      );
      return undefined;
    },
  );
}

function columns(session: Session): Column<VersionRow>[] {
  const bytes = (value: number) => formatBytes(value, session.lang);
  return [
    { title: 'VERSION', of: (one) => `${one.number}${one.current ? ' *' : ''}`, right: true },
    { title: 'DISK', of: (one) => bytes(one.sizeBytes), right: true },
    { title: 'STORED', of: (one) => bytes(one.storedBytes), right: true },
    {
      title: 'CHANGES',
      of: (one) => (one.parent === null ? '' : `${bytes(one.newBytes)} against ${one.parent}`),
    },
    { title: 'LABS', of: (one) => String(one.vms), right: true },
    { title: 'AUTHOR', of: (one) => one.author, flexible: true },
    { title: 'MADE', of: (one) => formatTime(one.createdAt, session.lang) },
    { title: '', of: (one) => (one.leaving === true ? stateWord('leaving', session.lang) : '') },
  ];
}

function collectKey(key: string, former: readonly string[] = []): readonly string[] {
  if (!/^(ssh|ecdsa|sk)-\S+ \S+/.test(key)) {
    throw new InvalidArgumentError('Give the whole line of a public key file, as in ~/.ssh/id_ed25519.pub.');
  }
  return [...former, key];
}
