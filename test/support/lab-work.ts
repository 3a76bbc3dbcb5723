/** Guests that leave marks on their disk, for tests of saved work in a lab. */
import type { Lab } from './lab.ts';
import { openScreen } from './lab-screen.ts';
import { demoImage, type VmJson } from './node.ts';
import { until } from './until.ts';

const LONG_MS = 120_000;
/** Beyond the image, within the disk of a VM of 1 GB; of the guest's sectors of 512 bytes. */
const SECTOR = 1_000_000;

/** What workers are made of: the size `lab`, whose disk has room for their marks, and the image `demo`, which takes keys. */
export async function addDemo(lab: Lab, asked: number): Promise<void> {
  const size = { name: 'lab', vcpus: 1, ramMiB: 256, osDiskGiB: 1, dataDiskGiB: 0 };
  await lab.must(asked, 'POST', '/sizes', size);
  await lab.cli(asked, ['image', 'import', demoImage(), '--name', 'demo', '--os', 'linux', '--shared']);
}

export interface SavedVm extends VmJson {
  readonly work: {
    readonly saved: { readonly at: number; readonly nodes: string[]; readonly current: boolean } | null;
    readonly failed: { readonly cause: { readonly code: string } } | null;
    readonly strays: { readonly node: string }[];
    readonly recovered: { readonly versionId: string; readonly node: string; readonly bytes: number }[];
    readonly recoverable: { readonly node: string; readonly before: number | null } | null;
  } | null;
}

export class Worker {
  readonly #lab: Lab;
  readonly #name: string;
  #words = 0;

  constructor(lab: Lab, name: string) {
    this.#lab = lab;
    this.#name = name;
  }

  vm(asked: number): Promise<SavedVm> {
    return this.#lab.must<SavedVm>(asked, 'GET', `/vms/${this.#name}`);
  }

  async untilVm(asked: number, what: string, is: (vm: SavedVm) => boolean): Promise<SavedVm> {
    return await until(
      `${this.#name}: ${what}`,
      async () => {
        const vm = await this.vm(asked);
        return is(vm) ? vm : null;
      },
      LONG_MS,
    );
  }

  /** Waits until its guest takes keys after its nth start on the PC where it runs now. */
  async ready(asked: number, nth = 1): Promise<void> {
    await until(
      'the guest is up',
      async () => (await this.#serial(asked)).split('labmesh-demo ready').length > nth,
      LONG_MS,
    );
  }

  /** Writes a mark to its disk, and waits for the guest's word that it is there. */
  async mark(asked: number, mark: string): Promise<void> {
    await this.#says(
      asked,
      `echo ${mark} | dd of=/dev/vda bs=512 seek=${SECTOR} conv=notrunc,fsync`,
      'marked',
    );
  }

  /** The mark on its disk, as the guest reads it. */
  async marked(asked: number): Promise<string> {
    const said = await this.#says(asked, `dd if=/dev/vda bs=512 skip=${SECTOR} count=1 | head -n 1`, 'read');
    return (
      said
        .split('\n')
        .findLast((line) => line.trim() !== '')
        ?.trim() ?? ''
    );
  }

  /** Runs a line in the guest with its output to the serial port; what it wrote. */
  async #says(asked: number, line: string, word: string): Promise<string> {
    const end = `${word}-${++this.#words}`;
    const before = (await this.#serial(asked)).length;
    // A PC that has just been reached again may not answer the first question.
    const screen = await until(
      'the screen opens',
      () => openScreen(this.#lab, asked, this.#name).catch(() => null),
      LONG_MS,
    );
    await screen.line(`(${line}; echo ${end}) > /dev/ttyS0 2> /dev/null`);
    screen.close();
    const text = await until(
      `the guest ran: ${line}`,
      async () => {
        const said = (await this.#serial(asked)).slice(before);
        return said.includes(end) ? said : null;
      },
      LONG_MS,
    );
    return text.slice(0, text.indexOf(end)).replaceAll('\r', '');
  }

  #serial(asked: number): Promise<string> {
    return this.#lab.node(asked).serial(this.#name);
  }
}
