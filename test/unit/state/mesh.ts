/** Helpers for tests of a cloud of several PCs. */
import type { Author, Node, Vm } from '../../../src/state/index.ts';
import { id, scheduler, type World } from './world.ts';

export const SECOND = id(21);
export const THIRD = id(22);
export const TOKEN = id(30);
export const PEER = '12D3KooWFakePeerOfTheSecond';
export const nodeAgent = (nodeId: string): Author => ({ kind: 'node', nodeId });

export function token(world: World, change: object = {}, author?: Author): void {
  const payload = {
    id: TOKEN,
    verifier: 'v',
    label: 'room 5',
    ttlMs: 3_600_000,
    uses: 5,
    share: false,
    ...change,
  };
  world.ok('token.create', payload, author);
}

export function newcomer(change: object = {}) {
  const facts = {
    name: 'pc-2',
    peerId: PEER,
    addresses: ['/ip4/10.0.0.2/tcp/8444'],
    version: '0.2.0',
    protocol: 1,
  };
  return { tokenId: TOKEN, nodeId: SECOND, ...facts, ...change };
}

/** A second PC that has joined and is ready. */
export function secondPc(world: World): void {
  token(world);
  world.ok('node.admit', newcomer(), scheduler);
  world.ok('node.register', facts('pc-2'), nodeAgent(SECOND));
}

export function facts(name: string, change: object = {}) {
  const capacity = { cores: 4, ramMiB: 4096, storageGiB: 100, tempGiB: 50 };
  return { name, address: name, version: '0.2.0', capacity, accel: 'tcg', hostProblem: null, ...change };
}

export function nodeOf(world: World, nodeId: string): Node {
  const node = world.state.tables.node.get(nodeId);
  if (!node) throw new Error(`no node ${nodeId}`);
  return node;
}

export function vmOf(world: World, vmId: string): Vm {
  const vm = world.state.tables.vm.get(vmId);
  if (!vm) throw new Error(`no VM ${vmId}`);
  return vm;
}
