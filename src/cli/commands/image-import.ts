/** `image import`: a file of this PC, a file sent to another one, or one on the web that the node fetches. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ImageRow } from '../answers-images.ts';
import type { Started } from '../answers-vms.ts';
import type { Session } from '../session.ts';
import { sendFile } from '../upload/send.ts';
import { fileSource } from '../upload/source.ts';
import { parseName } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';
import { finishWork } from '../work.ts';
import { imageText } from './image-text.ts';

interface Flags {
  readonly name: string;
  readonly os: string;
  readonly shared?: boolean;
  readonly raw?: boolean;
  readonly sha256?: string;
}

/** Name, family and sharing are read by the node when it begins: it may look at a large file first. */
const BEGIN_MS = 125_000;

export function addImageImport(program: Program, image: Command): void {
  addVerb<Flags>(
    program,
    image,
    'import <file-or-url>',
    'make an image from a disk: qcow2, raw, VMDK, VDI, OVA or ISO',
    [
      ['image import debian.qcow2 --name debian --os linux', ''],
      ['image import https://example.org/lab.ova --name lab', 'fetched by the PC, then imported'],
      ['image import win.vmdk --name win --os windows --url https://pc-3:8443', 'sent to another PC'],
    ],
    async (session, [from = ''], flags) => {
      const started = await begin(session, from, flags);
      const id = started.image?.id ?? started.operation?.target.id ?? flags.name;
      await finishWork(session, started, () => session.client.get<ImageRow>(['images', id]), {
        label: `Importing ${flags.name}`,
        done: (found) => imageText(session, found),
      });
      return undefined;
    },
  )
    .requiredOption('--name <image>', 'what the image is called', parseName)
    .addOption(
      new Option('--os <family>', 'the system on it').choices(['linux', 'windows', 'other']).default('other'),
    )
    .option('--sha256 <sum>', 'what the file on the web must be, in hex', parseSum)
    .option('--shared', 'every teacher may use it')
    .option('--raw', 'take the bytes as those of a disk, whatever they look like');
}

async function begin(session: Session, from: string, flags: Flags): Promise<Started> {
  const wanted = { name: flags.name, os: flags.os, shared: flags.shared === true, asRaw: flags.raw === true };
  const remote = session.client.door.kind === 'remote';
  if (/^https?:\/\//i.test(from)) {
    const sum = flags.sha256 === undefined ? {} : { sha256: flags.sha256 };
    return session.client.post<Started>(['images'], { ...wanted, url: from, ...sum }, BEGIN_MS);
  }
  if (flags.sha256 !== undefined) throw session.usage('--sha256 is for a file on the web.');
  const source = await fileSource(from, session.io.cwd);
  // The node of this PC reads the file itself: no second copy, no second pass.
  if (!remote) {
    await source.close();
    return session.client.post<Started>(['images'], { ...wanted, path: source.path }, BEGIN_MS);
  }
  const uploadId = await sendFile(session, source, flags.name);
  return session.client.post<Started>(['images'], { ...wanted, uploadId }, BEGIN_MS);
}

function parseSum(text: string): string {
  const sum = text.trim().toLowerCase();
  if (/^[0-9a-f]{64}$/.test(sum)) return sum;
  throw new InvalidArgumentError('A SHA-256 sum has 64 characters, 0-9 and a-f.');
}
