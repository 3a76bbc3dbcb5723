/** N7, N8: who takes part in the log, who votes, who stands by. */
import { describe, expect, test } from 'bun:test';
import { nextRole, type RoleStep, type Taking } from '../../../src/node/cluster/roles.ts';
import { type Node, newNode } from '../../../src/state/index.ts';

const pc = (id: string, over: Partial<Node> = {}): Node => ({
  ...newNode,
  id,
  name: id,
  peerId: `peer-${id}`,
  state: 'ready',
  address: '10.0.0.1',
  version: '1',
  capacity: { cores: 4, ramMiB: 4096, storageGiB: 100, tempGiB: 50 },
  accel: 'tcg',
  hostProblem: null,
  subnet: 1,
  registeredAt: 0,
  changedAt: 0,
  ...over,
});

/** Carries steps out until there is none, as the log would; at most 20. */
function settled(
  nodes: readonly Node[],
  taking: Taking,
  master: string,
): { taking: Taking; steps: RoleStep[] } {
  const steps: RoleStep[] = [];
  let now = taking;
  let leader = master;
  for (let n = 0; n < 20; n++) {
    const step = nextRole(nodes, now, leader);
    if (step === null) return { taking: now, steps };
    steps.push(step);
    if (step.op === 'transfer') leader = step.nodeId;
    else now = after(now, step);
  }
  throw new Error(`no end: ${JSON.stringify(steps.slice(-4))}`);
}

function after({ voters, learners, standbys }: Taking, step: Exclude<RoleStep, { op: 'transfer' }>): Taking {
  const without = (ids: readonly string[]) => ids.filter((id) => id !== step.nodeId);
  const stands = (on: boolean | undefined) => (on ? [...without(standbys), step.nodeId] : without(standbys));
  switch (step.op) {
    case 'add':
      return { voters, learners: [...learners, step.nodeId], standbys: stands(step.standby) };
    case 'promote':
      return { voters: [...voters, step.nodeId], learners: without(learners), standbys: without(standbys) };
    case 'demote':
      return {
        voters: without(voters),
        learners: [...learners, step.nodeId],
        standbys: stands(step.standby),
      };
    case 'remove':
      return { voters: without(voters), learners: without(learners), standbys: without(standbys) };
    case 'standby':
      return { voters, learners, standbys: stands(step.on) };
  }
}

const three: Taking = { voters: ['a', 'b', 'c'], learners: [], standbys: [] };

describe('who takes part', () => {
  test('a newcomer follows the log and stands by', () => {
    const { taking } = settled([pc('a'), pc('b')], { voters: ['a'], learners: [], standbys: [] }, 'a');
    expect(taking).toEqual({ voters: ['a'], learners: ['b'], standbys: ['b'] });
  });

  test('a node of a cloud without a mesh is left out', () => {
    expect(nextRole([pc('a'), pc('b', { peerId: '' })], { ...three, voters: ['a'] }, 'a')).toBe(null);
  });

  test('N8 a retired PC leaves; a master that is retired hands over first', () => {
    const nodes = [pc('a', { state: 'retired' }), pc('b'), pc('c'), pc('d')];
    const { taking, steps } = settled(nodes, { ...three, learners: ['d'], standbys: ['d'] }, 'a');
    expect(steps[0]).toEqual({ op: 'transfer', nodeId: 'b' });
    expect(taking.voters).toEqual(['b', 'c']);
    expect(taking.learners).toEqual(['d']); // the log itself gives it the vote that is free
  });

  test('nobody stands by who does not answer', () => {
    const gone = pc('b', { reach: { state: 'unreachable', since: 1 } });
    const step = nextRole([pc('a'), gone], { voters: ['a'], learners: ['b'], standbys: ['b'] }, 'a');
    expect(step).toEqual({ op: 'standby', nodeId: 'b', on: false });
  });
});

describe('who votes', () => {
  test('two PCs that are left have one vote between them: two could outvote nobody', () => {
    const nodes = [pc('a'), pc('b')];
    const { taking } = settled(nodes, { voters: ['a', 'b'], learners: [], standbys: [] }, 'a');
    expect(taking).toEqual({ voters: ['a'], learners: ['b'], standbys: ['b'] });
  });

  test('N8 a draining master gives away both its role and its vote', () => {
    const nodes = [pc('a', { state: 'draining' }), pc('b'), pc('c'), pc('d')];
    const { taking, steps } = settled(nodes, { ...three, learners: ['d'], standbys: ['d'] }, 'a');
    expect(steps.map(({ op }) => op)).toEqual(['transfer', 'demote']);
    expect(taking).toEqual({ voters: ['b', 'c'], learners: ['d', 'a'], standbys: ['d'] });
  });

  test('N8 a demoted sole voter waits until another votes', () => {
    const nodes = [pc('a', { vote: 'never' }), pc('b')];
    const { taking, steps } = settled(nodes, { voters: ['a'], learners: ['b'], standbys: ['b'] }, 'a');
    expect(steps.map(({ op }) => op)).toEqual(['promote', 'transfer', 'demote']);
    expect(taking.voters).toEqual(['b']);
  });

  test('N8 a demoted sole voter without an heir keeps its vote: nobody else could decide anything', () => {
    const sole = { voters: ['a'], learners: [], standbys: [] };
    expect(nextRole([pc('a', { vote: 'never' })], sole, 'a')).toBe(null);
  });

  test('N8 a promoted PC votes; the one that gives way is neither the master nor one that is there', () => {
    const dead = pc('c', { reach: { state: 'lost', since: 1 } });
    const nodes = [pc('a'), pc('b'), dead, pc('d', { vote: 'always' })];
    const { taking } = settled(nodes, { ...three, learners: ['d'], standbys: ['d'] }, 'a');
    expect([...taking.voters].sort()).toEqual(['a', 'b', 'd']);
  });

  test('a silent voter is left to the log itself, which knows since when', () => {
    const nodes = [pc('a'), pc('b'), pc('c', { reach: { state: 'unreachable', since: 1 } })];
    expect(nextRole(nodes, three, 'a')).toBe(null);
  });
});
