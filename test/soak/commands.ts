/** A cloud of one PC that is used and used: rounds of commands in a process of its own, and after each what the node holds. */
import { heapStats } from 'bun:jsc';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openNode } from '../../src/node/index.ts';
import { type Author, silentLogger } from '../../src/state/index.ts';

export interface Used {
  /** Carried out so far, by this process. */
  readonly commands: number;
  /** Their payloads as they were logged, bytes. */
  readonly logged: number;
  /** On disk under the data folder. */
  readonly disk: number;
  /** Of the JavaScript heap, after a collection. */
  readonly heap: number;
  /** Entities by kind. */
  readonly tables: Readonly<Record<string, number>>;
  readonly startMs: number;
}

/** At once: as a class does it. */
const PEOPLE = 32;
/** Makes an entry of 10 kB: bytes of the log come to their bound as well as its entries. */
const MANY_IDS = 350;
const HASH = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA';

const [dataDir = '', rounds = '1', perRound = '1'] = process.argv.slice(2);
const anywhere = { host: '127.0.0.1', port: 0 };
const began = performance.now();
const node = await openNode({
  dataDir,
  name: 'pc-1',
  address: '127.0.0.1',
  token: null,
  mesh: anywhere,
  bulk: anywhere,
  join: anywhere,
  mdns: false,
  libvirtSocket: null,
  accel: 'auto',
  host: false,
  version: '0.1.0',
  serveImages: [process.execPath],
  logger: silentLogger,
});
const startMs = performance.now() - began;
const root: Author = { kind: 'local', nodeId: node.me.nodeId };
const adminId = node.state.tables.user.idsBy('role', 'admin')[0] ?? '';
let commands = 0;
let logged = 0;

const submit: typeof node.submit = async (type, payload, author) => {
  commands += 1;
  logged += JSON.stringify(payload).length;
  return await node.submit(type, payload, author, { timeoutMs: 60_000 });
};

/** Somebody comes, is in a course, signs in from several places, reads what they were told, and leaves. */
async function term(): Promise<void> {
  const [id, courseId] = [node.newId(), node.newId()];
  const student: Author = { kind: 'user', id, from: '127.0.0.1' };
  const name = `u${id.toLowerCase()}`;
  const account = {
    id,
    name,
    fullName: '',
    role: 'student',
    passwordHash: HASH,
    mustChangePassword: false,
  } as const;
  await submit('user.add', account, root);
  await submit(
    'course.add',
    { id: courseId, name: `Networks ${courseId}`, places: 20, teacherIds: [] },
    root,
  );
  await submit('course.enrol', { id: courseId, userIds: [id] }, root);
  for (let place = 0; place < 3; place++) {
    const secretHash = Bun.SHA256.hash(`${id} ${place}`, 'hex');
    const session = { id: node.newId(), kind: 'web', userId: id, secretHash, label: '', hours: 8 } as const;
    await submit('session.open', session, student);
  }
  const ids = Array.from({ length: MANY_IDS }, () => id);
  for (let times = 0; times < 3; times++)
    await submit('notification.read', { ids }, { kind: 'user', id: adminId, from: '127.0.0.1' });
  await submit('setting.set', { key: 'queue.max_wait', value: 10 + (commands % 10) }, root);
  await submit('course.remove', { id: courseId }, root);
  await submit('user.remove', { id }, root);
}

function bytesUnder(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .reduce(
      (sum, { parentPath, name }) =>
        sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    );
}

function tell(): void {
  Bun.gc(true);
  const tables = Object.fromEntries(
    Object.entries(node.state.tables).map(([kind, { size }]) => [kind, size]),
  );
  const used: Used = {
    commands,
    logged,
    disk: bytesUnder(dataDir),
    heap: heapStats().heapSize,
    tables,
    startMs,
  };
  process.stdout.write(`${JSON.stringify(used)}\n`);
}

tell();
// So that it is full after the first round.
await submit('setting.set', { key: 'history.audit_entries', value: 2_000 }, root);
for (let round = 1; round <= Number(rounds); round++) {
  const person = async () => {
    while (commands < round * Number(perRound)) await term();
  };
  await Promise.all(Array.from({ length: PEOPLE }, person));
  tell();
}
await node.stop();
process.exit(0);
