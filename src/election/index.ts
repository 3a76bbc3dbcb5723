export { openAgreement } from './agreement.ts';
export { type BackupHeader, type RestoreOptions, readBackup, restoreBackup } from './backup.ts';
export {
  type DamageReason,
  ElectionError,
  type ElectionErrorCode,
  type ElectionErrors,
  type ElectionWarnings,
} from './errors.ts';
export { defaultSettings, type ElectionSettings } from './settings.ts';
export type {
  Agreement,
  AgreementOptions,
  AgreementStatus,
  ProposeOptions,
  Role,
  StateMachine,
  Warning,
} from './types.ts';
