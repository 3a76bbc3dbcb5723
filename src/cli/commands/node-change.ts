/** `node promote`, `demote`, `undrain`, `retire`: what a PC does in the cloud. */
import type { Command } from 'commander';
import { stateWord } from '../../texts/index.ts';
import type { NodeRow } from '../answers-nodes.ts';
import { amountOf } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';

export function addNodeChanges(program: Program, node: Command): void {
  addVerb<{ master?: boolean }>(
    program,
    node,
    'promote <node>',
    'let a PC vote always, and make it the master with --master',
    [
      ['node promote pc-3', 'for a PC that is always on'],
      ['node promote pc-3 --master', 'once it votes, which takes seconds'],
    ],
    async (session, [name = ''], { master = false }) => {
      const one = await session.client.post<NodeRow>(['nodes', name, 'promote'], { master });
      session.answer(one, () =>
        one.role === 'master' || one.role === 'voter'
          ? `${one.name} is a ${one.role} now.\n`
          : `${one.name} becomes a voter as soon as it has caught up.\n`,
      );
      return undefined;
    },
  ).option('--master', 'hand it the mastership as well');
  addVerb(
    program,
    node,
    'demote <node>',
    'let a PC follow without a vote',
    [['node demote pc-3', 'for a PC that is often switched off']],
    async (session, [name = '']) => {
      const one = await session.client.post<NodeRow>(['nodes', name, 'demote']);
      session.answer(one, () => `${one.name} does not vote, as soon as the others agree.\n`);
      return undefined;
    },
  );
  addVerb(
    program,
    node,
    'undrain <node>',
    'let a PC run VMs again; those that were suspended for the drain resume',
    [['node undrain pc-3', 'also calls a drain off']],
    async (session, [name = '']) => {
      const one = await session.client.post<NodeRow>(['nodes', name, 'undrain']);
      session.answer(one, () => `${one.name}: ${stateWord(one.state, session.lang)}.\n`);
      return undefined;
    },
  );
  addVerb(
    program,
    node,
    'share <node> <percent>',
    'how much of a PC VMs may use; for its owner and administrators',
    [
      ['node share pc-3 50', 'half of its cores, memory and disk'],
      ['node share pc-3 0', 'no VMs; what runs there must end first'],
    ],
    async (session, [name = '', percent = '']) => {
      const share = amountOf(percent.replace(/%$/, ''));
      const one = await session.client.post<NodeRow>(['nodes', name, 'share'], { share });
      session.answer(one, () => `VMs may use ${one.share}% of ${one.name}.\n`);
      return undefined;
    },
  );
  addVerb<{ force?: boolean }>(
    program,
    node,
    'retire <node>',
    'take a PC out of the cloud for good; drain it first',
    [
      ['node retire pc-3', 'once it is drained and holds no disks'],
      ['node retire pc-3 --force', 'for a PC that is lost: the disks on it are lost with it'],
    ],
    async (session, [name = ''], { force = false }) => {
      const one = await session.client.post<NodeRow>(['nodes', name, 'retire'], { force });
      session.answer(one, () => `${one.name} is no part of the cloud any more.\n`);
      return undefined;
    },
  ).option('--force', 'also when it is not drained, or disks of VMs are lost with it');
}
