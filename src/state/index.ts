/** What the cloud agrees on: entities, commands, reducers, queries, snapshots. Pure. See DESIGN.md. */
export * from './access.ts';
export { type Author, authorId } from './author.ts';
export {
  hosts,
  limitsOf,
  needOf,
  offered,
  type Resource,
  type Resources,
  shortOn,
  usedOn,
  whyNowhere,
} from './capacity.ts';
export type { Change, Entities, Kind } from './change.ts';
export { CloudState, nameKey } from './cloud-state.ts';
export type { Applied, Command, Outcome } from './command.ts';
export { type CommandType, commandDefinitions, isCommandType, type Payload } from './commands/index.ts';
export { defaultSizes } from './commands/size.ts';
export { checkPayload } from './door.ts';
export * from './entities/index.ts';
export { LabmeshError } from './errors.ts';
export { idSchema, isUlid } from './ids.ts';
export { needLevel } from './level.ts';
export { type Logger, silentLogger } from './logger.ts';
export { CloudMachine } from './machine.ts';
export { type DrainEntry, type DrainFate, type DrainView, drainView } from './queries/drain.ts';
export { currentVersion, usableImages } from './queries/images.ts';
export { type Page, type PageRequest, pageOf } from './queries/page.ts';
export { sharesPc, waitsBehindSharers } from './queries/sharing.ts';
export { countVms, findVms, listVms, type VmFilter } from './queries/vms.ts';
export { type CapacityShort, type NoRoom, type QuotaShort, Refusal, type StateErrors } from './refusals.ts';
export {
  acceptSetting,
  isSettingKey,
  type SettingDefinition,
  type SettingKey,
  setting,
  settingDefinitions,
} from './settings.ts';
export { hasConsole, holdsCompute, type VmState, vmState, wishFor } from './vm-state.ts';
