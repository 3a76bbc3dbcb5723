export { type BackupHeader, type RestoreOptions, readBackup, restoreBackup } from './backup.ts';
export {
  type DamageReason,
  ElectionError,
  type ElectionErrorCode,
  type ElectionErrors,
  type ElectionWarnings,
  type Warning,
} from './errors.ts';
export { type ChangeRefusal, type MemberChange, type Members, wantedVoters } from './members.ts';
export { openMeshedAgreement } from './meshed-agreement.ts';
export { readMessage } from './message-form.ts';
export type { Message } from './messages.ts';
export { type RecoveredStore, type RecoverOptions, recoverStore } from './recovery.ts';
export { defaultSettings, type ElectionSettings } from './settings.ts';
export { defaultTiming, type Timing } from './timing.ts';
export type { SnapshotPiece, Transport } from './transport.ts';
export type {
  Agreement,
  AgreementOptions,
  AgreementStatus,
  MeshedAgreement,
  MeshedAgreementOptions,
  ProposeOptions,
  Role,
  StateMachine,
} from './types.ts';
