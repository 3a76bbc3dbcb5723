/**
 * A real Linux that reads its image without end and sums it up, and counts on its disk, while it is moved from the served image to the file: put back to
 * before the move as often as somebody likes, from its memory and disk as they were then.
 */
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StopPoint } from './libvirt-tap.ts';
import type { Pc } from './pc.ts';
import { until } from './until.ts';

/** Every step of the move at which the node can fall, in their order. */
export const STEPS = {
  'before the copy job': { call: 'domainBlockCopy', when: 'before' },
  'the copy job is asked for': { call: 'domainBlockCopy', when: 'sent' },
  'the copy job runs': { call: 'domainBlockCopy', when: 'answered' },
  'the copy is ready': { call: 'domainGetBlockJobInfo', behind: 'domainBlockCopy', when: 'answered' },
  'the guest stands still': { call: 'domainSuspend', when: 'answered' },
  'before the pivot': { call: 'domainBlockJobAbort', when: 'before' },
  'in the pivot': { call: 'domainBlockJobAbort', when: 'sent' },
  'behind the pivot': { call: 'domainBlockJobAbort', when: 'answered' },
  'the definition is rewritten': {
    call: 'domainGetXmlDesc',
    behind: 'domainBlockJobAbort',
    when: 'answered',
  },
  'before the guest goes on': { call: 'domainResume', when: 'before' },
  'the guest goes on': { call: 'domainResume', when: 'answered' },
  'before the last look': { call: 'domainGetXmlDesc', behind: 'domainResume', when: 'answered' },
} satisfies Record<string, StopPoint>;

export interface MovingParts {
  readonly pc: Pc;
  readonly domain: string;
  /** Where its overlays are. */
  readonly folder: string;
  /** All that it wrote on its serial port. */
  readonly serial: () => string;
  readonly type: (line: string) => Promise<void>;
  /** Its disk as it calls it. Default: vda. */
  readonly device?: string;
  /** What it reads without end: so many MiB from there, and their MD5. */
  readonly read: { readonly skipMiB: number; readonly countMiB: number; readonly md5: string };
}

export class MovingGuest {
  readonly #parts: MovingParts;
  readonly #kept: string;

  constructor(parts: MovingParts) {
    this.#parts = parts;
    this.#kept = join(parts.pc.dir, 'before-the-move');
  }

  get #files(): { file: string; stream: string } {
    const { folder } = this.#parts;
    return { file: join(folder, 'os.qcow2'), stream: join(folder, 'os-stream.qcow2') };
  }

  /** It begins to read, to sum up and to count. */
  async begin(): Promise<void> {
    const { read, type, serial, device = 'vda' } = this.#parts;
    const area = `skip=${read.skipMiB * 16} count=${read.countMiB * 16}`;
    const sum = `dd if=/dev/${device} bs=64k ${area} iflag=direct 2>/dev/null | md5sum`;
    const odd = `awk '$1!=NR{b++}END{print "disk",NR,b+0,"end"}' counter.log`;
    await type('counter 0.1 > /dev/ttyS0 &');
    await until('it counts', () => countsIn(serial()).length > 3);
    await type(`while :; do ${sum}; ${odd}; done > /dev/ttyS0 &`);
    await until('it reads', () => sumsIn(serial()).length > 0 && disksIn(serial()).length > 0, 60_000);
  }

  /** Keeps its memory and disk as they are. It is off afterwards. */
  async keep(): Promise<void> {
    const { domain } = this.#parts;
    mkdirSync(this.#kept, { recursive: true });
    await this.#must('virsh', 'save', domain, join(this.#kept, 'memory'));
    writeFileSync(join(this.#kept, 'domain.xml'), await this.#must('virsh', 'dumpxml', '--inactive', domain));
    copyFileSync(this.#files.stream, join(this.#kept, 'disk'));
  }

  /** It runs again as it was before the move, which nobody has begun. @returns where its words begin */
  async putBack(): Promise<number> {
    const { pc, domain, serial } = this.#parts;
    await pc.run(['virsh', 'destroy', domain]);
    rmSync(this.#files.file, { force: true });
    copyFileSync(join(this.#kept, 'disk'), this.#files.stream);
    await this.#must('virsh', 'define', join(this.#kept, 'domain.xml'));
    const from = serial().length;
    await this.#must('virsh', 'restore', join(this.#kept, 'memory'));
    return from;
  }

  /** Nobody saw anything of the move: what was read is right, no number is missing, and both go on. */
  async goesOn(from: number): Promise<void> {
    const { serial } = this.#parts;
    const settled = serial().length;
    await until(
      'it reads and counts on',
      () => sumsIn(serial().slice(settled)).length >= 2 && countsIn(serial().slice(settled)).length >= 3,
      60_000,
    );
    const said = serial().slice(from);
    const wrong = sumsIn(said).filter((sum) => sum !== this.#parts.read.md5);
    const counts = countsIn(said);
    const gaps = counts.filter((count, at) => at > 0 && count !== (counts[at - 1] ?? 0) + 1);
    const odd = disksIn(said).filter(({ odd }) => odd > 0);
    if (wrong.length + gaps.length + odd.length > 0 || said.includes('I/O error'))
      throw new Error(`the guest saw it: ${JSON.stringify({ wrong, gaps, odd })}\n${said.slice(-500)}`);
  }

  /** What a move leaves: the VM runs on the file alone, now and at its next start, and nothing works on its disk. */
  async leftovers(): Promise<object> {
    const { pc, domain } = this.#parts;
    const live = await this.#must('virsh', 'dumpxml', domain);
    const next = await this.#must('virsh', 'dumpxml', '--inactive', domain);
    const check = await pc.run(['qemu-img', 'check', '-U', '-q', this.#files.file]);
    return {
      state: (await this.#must('virsh', 'domstate', domain)).trim(),
      served: [live, next].map((xml) => xml.includes('nbd')),
      job: live.includes('<mirror'),
      files: [existsSync(this.#files.file), existsSync(this.#files.stream)],
      check: check.code,
    };
  }

  async #must(...command: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#parts.pc.run(command, 60_000);
    if (code !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
    return stdout;
  }
}

/** What `leftovers` says of a VM that has arrived. */
export const ARRIVED = {
  state: 'running',
  served: [false, false],
  job: false,
  files: [true, false],
  check: 0,
};

const sumsIn = (text: string) => [...text.matchAll(/\b([0-9a-f]{32}) {2}-/g)].map(([, sum]) => sum);
const countsIn = (text: string) =>
  [...text.matchAll(/counter (\d+) [\d.]+\r?\n/g)].map(([, number]) => Number(number));
const disksIn = (text: string) =>
  [...text.matchAll(/disk (\d+) (\d+) end/g)].map(([, lines, odd]) => ({
    lines: Number(lines),
    odd: Number(odd),
  }));
