/** What the cloud agrees on: entities, commands, reducers, queries, snapshots. Pure. See DESIGN.md. */
export * from './access.ts';
export { type Author, authorId } from './author.ts';
export { type Admission, admits, admitsWalkIn, type CalendarDraft, honours } from './calendar/admit.ts';
export { localOf, localTimes } from './calendar/local-time.ts';
export {
  hosts,
  keptGiB,
  limitsOf,
  needOf,
  needOn,
  offered,
  type Resource,
  type Resources,
  savedGiB,
  shortOn,
  usedOn,
  whyNever,
  whyNowhere,
} from './capacity.ts';
export type { Change, Entities, Kind } from './change.ts';
export { CloudState, nameKey } from './cloud-state.ts';
export type { Applied, Command, Outcome } from './command.ts';
export { type CommandType, commandDefinitions, isCommandType, type Payload } from './commands/index.ts';
export { defaultSizes } from './commands/size.ts';
export { checkPayload } from './door.ts';
export type { EditErrors } from './edit-errors.ts';
export * from './entities/index.ts';
export { LabmeshError } from './errors.ts';
export { idSchema, isUlid } from './ids.ts';
export { type WhyReclaim, whyReclaim } from './leases.ts';
export { needLevel } from './level.ts';
export { type Logger, silentLogger } from './logger.ts';
export { CloudMachine } from './machine.ts';
export { type DrainEntry, type DrainFate, type DrainView, drainView } from './queries/drain.ts';
export { currentVersion, usableImages, versionsOf } from './queries/images.ts';
export { type Page, type PageRequest, pageOf } from './queries/page.ts';
export { sharesPc, waitsBehindSharers } from './queries/sharing.ts';
export { findVms, listVms, type VmFilter } from './queries/vms.ts';
export { type QuotaUse, quotaOf, quotaUse } from './quota.ts';
export { type CapacityShort, type NoRoom, type QuotaShort, Refusal, type StateErrors } from './refusals.ts';
export type { ReplicaErrors } from './replica-errors.ts';
export {
  copiesOf,
  type Deployment,
  deploymentOf,
  failureOn,
  floorOf,
  holdersOf,
  isConcluded,
  isNeededOn,
  isUnwanted,
  mayKeep,
  mayRelease,
  safeHolders,
  surplusVersions,
  usersThere,
} from './replicas.ts';
export { peopleOf } from './reservations.ts';
export {
  acceptSetting,
  expectedBy,
  isSettingKey,
  type SettingDefinition,
  type SettingKey,
  setting,
  settingDefinitions,
} from './settings.ts';
export {
  hasConsole,
  holdsCompute,
  isRequest,
  isReserved,
  keepsMemory,
  leaseLeft,
  type VmState,
  vmState,
  wishFor,
} from './vm-state.ts';
export { canRestore, isWorkCurrent, onlyNode, roams } from './work.ts';
