/** `image`: disks from which VMs are made. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { formatBytes, formatDuration, formatNumber } from '../../texts/index.ts';
import type { ImageRow, TransferRow } from '../answers-images.ts';
import type { Started } from '../answers-vms.ts';
import { CliError } from '../errors.ts';
import { wholeList } from '../lists.ts';
import type { Session } from '../session.ts';
import { type Column, table } from '../table.ts';
import { parsePath, parseWhole } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';
import { finishWork } from '../work.ts';
import { addImageDeploy } from './image-deploy.ts';
import { addImageEdit } from './image-edit.ts';
import { addImageImport } from './image-import.ts';
import { imageText, size } from './image-text.ts';

/** The node bounds both by an hour of its own. */
const READ_ALL_MS = 3_700_000;

export function addImageVerbs(program: Program, root: Command): void {
  const image = root.command('image').description('images: the disks that VMs are made from');
  addVerb(program, image, 'ls', 'list images', [['image ls', 'those you may use']], async (session) => {
    const images = await wholeList<ImageRow>(session, ['images']);
    const empty = 'No images yet. Bring one with: labmesh image import FILE --name NAME\n';
    session.answer(images, () =>
      images.length === 0 ? empty : table(images, columns(session), session.io.columns),
    );
    return undefined;
  });
  addVerb(
    program,
    image,
    'show <image>',
    'show one image',
    [['image show debian', 'by name, id, or the beginning of an id']],
    async (session, [name = '']) => {
      const found = await session.client.get<ImageRow>(['images', name]);
      const transfers = await session.client.get<readonly TransferRow[]>(['transfers']);
      const coming = transfers.filter(({ image: one }) => one.id === found.id);
      session.answer({ ...found, transfers: coming }, () => {
        return `${imageText(session, found)}${transferLines(session, coming).join('')}`;
      });
      return undefined;
    },
  );
  addImageImport(program, image);
  addImageDeploy(program, image);
  addImageEdit(program, image);
  addRemove(program, image);
  addExport(program, image);
  addVerify(program, image);
}

function addRemove(program: Program, image: Command): void {
  addVerb<{ readonly onlyVersion?: number }>(
    program,
    image,
    'rm <image>',
    'delete an image that no VM and no course uses, or give up its import',
    [
      ['image rm debian', ''],
      ['image rm debian --only-version 2', 'this version only: one that no VM uses and new VMs do not take'],
    ],
    async (session, [name = ''], { onlyVersion }) => {
      const before = await session.client.get<ImageRow>(['images', name]);
      if (onlyVersion !== undefined) return removeVersion(session, before, String(onlyVersion));
      const importing = before.state === 'importing';
      const started = importing
        ? await session.client.post<Started>(['images', before.id, 'cancel'])
        : await session.client.delete<Started>(['images', before.id]);
      const gone = { ...before, state: 'deleted' };
      await finishWork(session, started, async () => gone, {
        label: `Deleting ${before.name}`,
        done: () =>
          importing ? `The import of ${before.name} is given up.\n` : `${before.name} is deleted.\n`,
      });
      return undefined;
    },
    // Not "--version": that one prints labmesh's own, wherever it stands.
  ).option('--only-version <number>', 'delete this version and keep the others', parseWhole(1, 999_999_999));
}

async function removeVersion(session: Session, { id, name }: ImageRow, number: string): Promise<undefined> {
  const { image } = await session.client.delete<Started>(['images', id, 'versions', number]);
  session.answer(
    image,
    () => `Version ${number} of ${name} goes away from every PC; the other versions stay.\n`,
  );
}

function addExport(program: Program, image: Command): void {
  addVerb(
    program,
    image,
    'export <image> <file>',
    'write an image to a file of this PC',
    [['image export debian /srv/debian.qcow2', 'as qcow2, or raw for a name that ends in .raw or .img']],
    async (session, [name = '', file = '']) => {
      session.needLocal();
      const path = resolve(session.io.cwd, parseFile(session, file));
      await session.client.post(['images', name, 'export'], { path }, session.timeoutMs ?? READ_ALL_MS);
      session.answer({ image: name, file: path }, () => `${name} is written to ${path}.\n`);
      return undefined;
    },
  );
}

function addVerify(program: Program, image: Command): void {
  addVerb(
    program,
    image,
    'verify <image>',
    'read every piece of an image again and compare it with its hash',
    [['image verify debian', 'ends with 1 when a piece was damaged; it is brought from another PC']],
    async (session, [name = '']) => {
      const path = ['images', name, 'verify'];
      const found = await session.client.post<Verified>(path, {}, session.timeoutMs ?? READ_ALL_MS);
      const pieces = formatNumber(found.checked, session.lang, 0);
      if (found.damaged.length === 0 || session.json) {
        session.answer(found, () => `${name} is whole: ${pieces} pieces are what they were.\n`);
        return found.damaged.length === 0 ? undefined : 1;
      }
      const damaged = found.damaged.length;
      const mended = found.repaired.length;
      throw new CliError('cli.image_damaged', { image: name, checked: found.checked, damaged, mended });
    },
  );
}

interface Verified {
  readonly checked: number;
  readonly damaged: readonly number[];
  readonly repaired: readonly number[];
}

export function parseFile(session: Session, text: string): string {
  try {
    return parsePath(text);
  } catch {
    throw session.usage('The name of the file is empty.');
  }
}

function columns(session: Session): Column<ImageRow>[] {
  return [
    { title: 'IMAGE', of: (one) => one.name, flexible: true },
    { title: 'VERSION', of: (one) => String(one.version ?? ''), right: true },
    { title: 'DISK', of: (one) => size(one.sizeBytes, session), right: true },
    { title: 'STORED', of: (one) => size(one.storedBytes, session), right: true },
    { title: 'SYSTEM', of: (one) => one.os },
    { title: 'STATE', of: (one) => one.state },
    { title: 'COPIES', of: (one) => String(one.copies), right: true },
    { title: 'VMS', of: (one) => String(one.vms), right: true },
    { title: 'OWNER', of: (one) => one.owner, flexible: true },
    { title: 'ID', of: (one) => one.id },
  ];
}

/** A line for each PC to which it is on its way, and from whom. */
function transferLines({ lang }: Session, transfers: readonly TransferRow[]): string[] {
  return transfers.map(({ node, done, total, rate, etaMs, from }) => {
    const amount = `${formatBytes(done, lang)} of ${formatBytes(total, lang)}`;
    const pace = rate === null ? '' : `, ${formatBytes(rate, lang)} a second`;
    const left = etaMs === null ? '' : `, ${formatDuration(etaMs, lang)} left`;
    const senders = from.filter(({ bytes }) => bytes > 0);
    const names = senders.map((one) => `${one.node.name} ${formatBytes(one.bytes, lang)}`).join(', ');
    return `  on its way to ${node.name}: ${amount}${pace}${left}${names === '' ? '' : ` (from ${names})`}\n`;
  });
}
