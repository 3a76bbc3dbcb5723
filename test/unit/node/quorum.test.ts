/** N6: how many more voters may fail, as each node sees it. */
import { expect, test } from 'bun:test';
import type { AgreementStatus } from '../../../src/election/index.ts';
import type { Health } from '../../../src/gossip/index.ts';
import { isMajorityDead, quorumOf } from '../../../src/node/cluster/quorum.ts';

const status = (over: Partial<AgreementStatus>): AgreementStatus => ({
  role: 'follower',
  term: 3,
  nodeId: 'b',
  master: { nodeId: 'a', sinceMs: 5 },
  voters: ['a', 'b', 'c'],
  alive: ['a', 'b'],
  mayFail: 0,
  lastIndex: 1,
  commitIndex: 1,
  appliedIndex: 1,
  snapshotIndex: 0,
  warnings: [],
  ...over,
});
const all = (health: Health) => () => health;

test('a follower counts the voters that the failure detector hears', () => {
  expect(quorumOf(status({}), all('alive'))).toMatchObject({ alive: ['a', 'b', 'c'], mayFail: 1 });
  expect(quorumOf(status({}), (id) => (id === 'c' ? 'dead' : 'alive'))).toMatchObject({ mayFail: 0 });
});

test('a suspicion is no death', () => {
  expect(quorumOf(status({}), all('suspect')).alive).toHaveLength(3);
});

test('the master counts those that answered it, whatever the detector says', () => {
  const master = status({ role: 'leader', nodeId: 'a', alive: ['a', 'b'] });
  expect(quorumOf(master, all('alive'))).toMatchObject({ alive: ['a', 'b'], mayFail: 0 });
});

test('without a master nobody may fail', () => {
  expect(quorumOf(status({ master: null }), all('alive')).mayFail).toBe(0);
});

test('GF25 two of three dead, or two of four, elect nobody; one of three does not matter', () => {
  const lost = status({ master: null, alive: ['b'] });
  expect(isMajorityDead(lost, all('dead'))).toBe(true);
  expect(isMajorityDead(lost, (id) => (id === 'c' ? 'dead' : 'alive'))).toBe(false);
  const four = status({ master: null, alive: ['b'], voters: ['a', 'b', 'c', 'd'] });
  expect(isMajorityDead(four, (id) => (id === 'c' || id === 'd' ? 'dead' : 'alive'))).toBe(true);
  expect(isMajorityDead(four, (id) => (id === 'c' ? 'dead' : 'alive'))).toBe(false);
});
