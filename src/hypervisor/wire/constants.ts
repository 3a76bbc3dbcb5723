/**
 * Numbers of libvirt's protocol. They are wire-stable: an old client works with every later libvirtd.
 * Sources in libvirt: src/remote/remote_protocol.x, src/rpc/virkeepaliveprotocol.x, include/libvirt/*.h.
 */

/** REMOTE_PROGRAM and its only version. */
export const remoteProgram = { id: 0x20008086, version: 1 } as const;
/** KEEPALIVE_PROGRAM. */
export const keepaliveProgram = { id: 0x6b656570, version: 1, ping: 1, pong: 2 } as const;

/** REMOTE_PROC_* */
export const procedure = {
  connectOpen: 1,
  connectClose: 2,
  connectGetVersion: 4,
  connectGetCapabilities: 7,
  domainGetXmlDesc: 14,
  domainLookupByUuid: 24,
  domainReboot: 27,
  domainResume: 28,
  domainSuspend: 34,
  networkCreate: 39,
  networkDefineXml: 41,
  networkDestroy: 42,
  networkGetXmlDesc: 43,
  networkLookupByName: 46,
  networkUndefine: 49,
  connectGetHostname: 59,
  connectSupportsFeature: 60,
  authList: 66,
  authPolkit: 70,
  networkIsActive: 152,
  connectGetLibVersion: 157,
  domainManagedSave: 182,
  domainHasManagedSaveImage: 183,
  domainManagedSaveRemove: 184,
  domainSnapshotCreateXml: 185,
  domainGetBlockInfo: 194,
  domainCreateWithFlags: 196,
  domainScreenshot: 211,
  domainGetState: 212,
  domainUndefineFlags: 231,
  domainDestroyFlags: 234,
  domainBlockJobAbort: 237,
  domainGetBlockJobInfo: 238,
  domainReset: 245,
  domainShutdownFlags: 258,
  connectListAllDomains: 273,
  domainBlockCommit: 290,
  connectDomainEventCallbackRegisterAny: 316,
  domainEventLifecycle: 318,
  domainEventReboot: 319,
  domainEventIoErrorReason: 324,
  connectGetAllDomainStats: 344,
  domainBlockCopy: 345,
  domainDefineXmlFlags: 350,
  domainInterfaceAddresses: 353,
} as const;
export type ProcedureName = keyof typeof procedure;

/** virErrorNumber, those that mean something to a caller. */
export const errorNumber = {
  operationFailed: 9,
  noDomain: 42,
  noNetwork: 43,
  operationInvalid: 55,
  agentUnresponsive: 86,
  noSupport: 3,
} as const;

/** remote_auth_type. */
export const authType = { none: 0, sasl: 1, polkit: 2 } as const;
/** VIR_DRV_FEATURE_PROGRAM_KEEPALIVE: asking for it makes libvirtd answer (and send) pings. */
export const featureKeepalive = 10;

/** virDomainState. */
export const domainState = {
  nostate: 0,
  running: 1,
  blocked: 2,
  paused: 3,
  shutdown: 4,
  shutoff: 5,
  crashed: 6,
  pmSuspended: 7,
} as const;
/** VIR_DOMAIN_PAUSED_IOERROR. */
export const pausedIoError = 5;
/** virDomainShutoffReason: QEMU died (3), or libvirtd found it in no state to go on with when it came back (8). */
export const shutoffByFault: ReadonlySet<number> = new Set([3, 8]);

/** virConnectListAllDomainsFlags. */
export const listDomains = { all: 0, active: 1 << 0, managedSave: 1 << 8 } as const;
/** VIR_DOMAIN_XML_INACTIVE: what the next start will use, also while the domain runs. */
export const xmlInactive = 1 << 1;
/** virDomainBlockCopyFlags: only the overlay's own data, onto a file that is there, without a promise to survive the domain's end. */
export const blockCopyFlags = { shallow: 1, reuseExternal: 2, transientJob: 4 } as const;
/** virDomainUndefineFlagsValues: managed save, snapshots, NVRAM, checkpoints and TPM go as well. */
export const undefineEverything = (1 << 0) | (1 << 1) | (1 << 2) | (1 << 4) | (1 << 5);
/** virDomainSnapshotCreateFlags. */
export const snapshotFlags = {
  noMetadata: 1 << 2,
  diskOnly: 1 << 4,
  quiesce: 1 << 6,
  atomic: 1 << 7,
} as const;
/** virDomainBlockCommitFlags. */
export const commitFlags = { shallow: 1 << 0, active: 1 << 2 } as const;
/** virDomainBlockJobAbortFlags. */
export const jobAbortFlags = { pivot: 1 << 1 } as const;
/** virDomainStatsTypes. */
export const statsTypes = {
  state: 1,
  cpu: 1 << 1,
  balloon: 1 << 2,
  interface: 1 << 4,
  block: 1 << 5,
} as const;
/** VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT: a domain busy with a job reports what it can instead of blocking all. */
export const statsNoWait = 1 << 29;
/** virDomainInterfaceAddressesSource. */
export const addressSource = { lease: 0, agent: 1 } as const;
/** virDomainEventID. */
export const eventId = { lifecycle: 0, reboot: 1, ioErrorReason: 6 } as const;

/** Lists' limits in remote_protocol.x. */
export const listMax = {
  authTypes: 20,
  domains: 16_384,
  interfaces: 2_048,
  addresses: 2_048,
  statsRecords: 262_144,
  statsParameters: 4_096,
} as const;
