/** `cloud`: its power, a copy of what it agrees on, and a new start from one. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CliError } from '../errors.ts';
import type { NodeHooks } from '../hooks.ts';
import { runningNode } from '../run-file.ts';
import { addVerb, type Program } from '../verb.ts';
import { addCloudPower } from './cloud-power.ts';
import { parseFile } from './image.ts';

/** The node bounds it by ten minutes. */
const BACKUP_MS = 610_000;

export function addCloudVerbs(program: Program, root: Command, hooks: NodeHooks): void {
  const cloud = root.command('cloud').description('the cloud as a whole');
  addVerb(
    program,
    cloud,
    'backup <file>',
    'write everything the cloud agrees on to a new file of this PC (people, courses, VMs; not the disks)',
    [['cloud backup /srv/labmesh-monday.backup', 'holds password hashes: keep it safe']],
    async (session, [file = '']) => {
      session.needLocal();
      const path = resolve(session.io.cwd, parseFile(session, file));
      await session.client.post(['cloud', 'backup'], { path }, session.timeoutMs ?? BACKUP_MS);
      session.answer({ file: path }, () => `The backup is in ${path}.\n`);
      return undefined;
    },
  );
  addCloudPower(program, cloud);
  addVerb(
    program,
    cloud,
    'restore <file>',
    'begin an empty data folder from a backup, as its only node; then start it with "up"',
    [['cloud restore /srv/labmesh-monday.backup --data /var/lib/labmesh', '']],
    async (session, [file = '']) => {
      const path = resolve(session.io.cwd, parseFile(session, file));
      const data = session.data;
      if (runningNode(data)) throw new CliError('cli.node_running', { data });
      const restored = await hooks.restore(path, data);
      const taken = new Date(restored.takenAt).toISOString().slice(0, 16).replace('T', ' ');
      session.answer({ ...restored, file: path, data }, () => {
        return `${restored.records} records of ${taken} (UTC) are restored. Start the node with: labmesh up --data ${data}\n`;
      });
      return undefined;
    },
  );
}
