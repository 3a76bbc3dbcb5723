/** `vm start`: a new VM from an image, or one that exists. */
import { type Command, InvalidArgumentError } from 'commander';
import type { Started } from '../answers-vms.ts';
import { waitingRemark } from '../queue.ts';
import type { Session } from '../session.ts';
import { shellWord } from '../shell-word.ts';
import { amountOf, parseName } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';
import { finishWork } from '../work.ts';
import { doneText, vmAfter } from './vm-result.ts';

interface Flags {
  readonly image?: string;
  readonly size?: string;
  readonly hours?: number | string;
  readonly for?: string;
  readonly name?: string;
  readonly on?: string;
  readonly course?: string;
  readonly clean?: boolean;
  readonly sshKey?: readonly string[];
  readonly batch?: boolean;
  readonly preemptible?: boolean;
}

/** What only a new VM can be given. */
const OF_NEW = ['size', 'for', 'name', 'on', 'course', 'clean', 'sshKey'] as const;

export function addVmStart(program: Program, vm: Command): void {
  addVerb<Flags>(
    program,
    vm,
    'start [vm]',
    'start a new VM from an image, or one that is stopped or suspended',
    [
      ['vm start --image demo', 'a new VM in the smallest size that fits'],
      ['vm start --image demo --size "Linux medium" --hours 3 --name web', ''],
      ['vm start --image demo --for ana --clean', "ana's; what is changed in it is dropped at its stop"],
      ['vm start web', 'the existing VM "web"'],
      [
        'vm start --image demo --timeout 10m',
        'waits at most so long for its place; the request stays (exit code 5)',
      ],
    ],
    async (session, [name], flags) => {
      const started = await begin(session, name, flags);
      const called = started.vm?.name ?? started.operation?.target.name ?? name ?? '';
      await finishWork(session, started, () => vmAfter(session, called, started), {
        label: `Starting ${called}`,
        remark: () => waitingRemark(session, started.vm?.id ?? called),
        done: (found) =>
          `${doneText(session, found)}See its screen with: labmesh vm console ${shellWord(found.name)}\n`,
      });
      return undefined;
    },
  )
    .option('--image <image>', 'make a new VM from this image', parseName)
    .option('--size <size>', 'its size (see "labmesh size ls")', parseName)
    .option('--hours <hours>', 'how long it may run before it is suspended', amountOf)
    .option('--for <user>', 'whose it is', parseName)
    .option('--name <name>', "what it is called (default: the image's name)", parseName)
    .option('--on <node>', 'the only PC on which it may run', parseName)
    .option('--course <course>', 'the course it belongs to', parseName)
    .option('--batch', 'it works by itself, nobody sits before it: people go first')
    .option('--preemptible', 'it may be suspended for those with a better claim (the default)')
    .option('--no-preemptible', 'never suspend it for others (teachers and administrators)')
    .option('--clean', 'start clean each time: what is changed is dropped at its stop')
    .option('--ssh-key <key>', 'public key that may sign in (repeatable)', collect);
}

function begin(session: Session, name: string | undefined, flags: Flags): Promise<Started> {
  const claim = {
    ...(flags.hours === undefined ? {} : { hours: flags.hours }),
    ...(flags.batch === undefined ? {} : { batch: flags.batch }),
    ...(flags.preemptible === undefined ? {} : { preemptible: flags.preemptible }),
  };
  if (flags.image === undefined) {
    if (name === undefined) throw session.usage('Name a VM to start, or --image IMAGE for a new one.');
    const wrong = OF_NEW.find((key) => flags[key] !== undefined);
    if (wrong !== undefined)
      throw session.usage(
        `--${wrong === 'sshKey' ? 'ssh-key' : wrong} goes with --image: it is for a new VM.`,
      );
    return session.client.post<Started>(['vms', name, 'start'], claim);
  }
  if (name !== undefined) {
    throw session.usage(`Give either the VM "${name}" or --image; a new VM is named with --name.`);
  }
  return session.client.post<Started>(['vms'], {
    image: flags.image,
    ...claim,
    ...(flags.size === undefined ? {} : { size: flags.size }),
    ...(flags.for === undefined ? {} : { for: flags.for }),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.on === undefined ? {} : { on: flags.on }),
    ...(flags.course === undefined ? {} : { course: flags.course }),
    ...(flags.sshKey === undefined ? {} : { sshKeys: flags.sshKey }),
    ...(flags.clean === undefined ? {} : { persistent: false }),
  });
}

function collect(key: string, former: readonly string[] = []): readonly string[] {
  if (!/^(ssh|ecdsa|sk)-\S+ \S+/.test(key)) {
    throw new InvalidArgumentError('Give the whole line of a public key file, as in ~/.ssh/id_ed25519.pub.');
  }
  return [...former, key];
}
