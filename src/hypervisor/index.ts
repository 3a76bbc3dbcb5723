export { HypervisorError, type HypervisorErrorCode, type HypervisorErrors } from './errors.ts';
export { type Hypervisor, type HypervisorOptions, openHypervisor } from './hypervisor.ts';
export { isGuestBridge } from './names.ts';
export type {
  AccelChoice,
  Accelerator,
  AccelReport,
  AccelTiming,
  DomainEvent,
  DomainEventKind,
  DomainInfo,
  DomainState,
  HostProblem,
  HostStatus,
  LocalDisk,
  NbdBacking,
  OsFamily,
  VmSpec,
  VmStats,
} from './types.ts';
