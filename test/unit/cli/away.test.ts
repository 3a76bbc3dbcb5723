import { expect, test } from 'bun:test';
import { startNode } from './support/harness.ts';

test('V9 N5 what waits for a PC that is away says so, and what becomes of it; the end of the waiting ends nothing', async () => {
  const fixture = startNode('small', 0);
  const { node } = fixture;
  const vm = node.state.tables.vm.all().find((one) => one.placement && one.observed.state === 'running');
  const home = vm?.placement?.nodeId ?? '';
  for (const state of ['unreachable', 'lost'])
    node.apply('node.reach', { id: home, state }, { kind: 'scheduler', nodeId: home });
  for (const verb of ['stop', 'rm']) {
    const waited = await fixture.run(['vm', verb, vm?.id ?? '', '--timeout', '2s']);
    expect(waited.code).toBe(5);
    expect(waited.err).toContain('does not answer: it is done when that PC is back');
  }
  expect(node.state.tables.vm.get(vm?.id ?? '')?.desired).toBe('deleted');
  await fixture.stop();
});
