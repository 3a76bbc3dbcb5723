/** The effect of other settings on the present queue, before they are saved. */
import { acceptSetting, CloudState, isSettingKey, settingDefinitions } from '../state/index.ts';
import { askingFor } from './placements.ts';
import { lookAhead } from './queue.ts';
import type { DryRun, Loads, SettingValues } from './views.ts';

/** Values that a setting does not take are left out, as if they were not given. */
export function dryRun(state: CloudState, values: SettingValues, loads: Loads, now: number): DryRun {
  const other = withSettings(state, values);
  const before = lookAhead(state, loads, now, askingFor(state));
  const after = lookAhead(other, loads, now, askingFor(other));
  const { decisions } = after.placing;
  return {
    before: before.entries,
    after: after.entries,
    starts: decisions.flatMap(({ what, request, spot }) =>
      what === 'place' ? [{ vmId: request.vm.id, nodeId: spot.id }] : [],
    ),
    preempts: decisions.flatMap((one) => (one.what === 'make way' ? one.vms.map(({ id }) => id) : [])),
  };
}

/** The same state, read only, with other settings: every other table is the very same. */
function withSettings(state: CloudState, values: SettingValues): CloudState {
  const other = new CloudState();
  const { setting } = other.tables;
  Object.assign(other.tables, state.tables, { setting });
  other.now = state.now;
  for (const one of state.tables.setting.all()) setting.put(one);
  for (const [key, value] of Object.entries(values)) {
    const accepted = isSettingKey(key) ? acceptSetting(settingDefinitions[key], value) : undefined;
    if (accepted !== undefined)
      setting.put({ id: key, value: accepted, changedAt: state.now, changedBy: '' });
  }
  return other;
}
