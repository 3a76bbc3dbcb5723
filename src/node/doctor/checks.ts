/** What `labmesh doctor` looks at on this PC: each check ends in ok, a warning or a fault, with a code for its sentence and mend. */
import { access, constants } from 'node:fs/promises';
import type { Check, HostState, Load, Quorum } from '../interface.ts';

export interface Findings {
  readonly dataDir: string;
  readonly host: HostState;
  readonly load: Load | null;
  readonly quorum: Quorum;
  /** Newest time in the log and this PC's clock, ms. */
  readonly stateNow: number;
  readonly now: number;
  /** Image versions in the store that the log does not know, and versions that the log expects here. */
  readonly strayVersions: readonly string[];
  readonly missingVersions: readonly string[];
  readonly damagedVersions: readonly string[];
  readonly orphans: number;
}

/** Below this the PC cannot take an image or a VM's changes any more. */
const DISK_FAULT_GIB = 1;
const DISK_WARNING_GIB = 10;
/** A clock this far behind what the log has seen makes leases end late. */
const CLOCK_TOLERANCE_MS = 60_000;

export async function examine(findings: Findings): Promise<Check[]> {
  return [
    hostCheck(findings.host),
    accelCheck(findings.host),
    ...problemChecks(findings.host),
    diskCheck(findings.load),
    await folderCheck(findings.dataDir),
    clockCheck(findings.stateNow, findings.now),
    quorumCheck(findings.quorum),
    ...findings.quorum.warnings.map(
      ({ code, data }): Check => ({ id: 'log', status: 'warning', code, data }),
    ),
    imagesCheck(findings),
    orphansCheck(findings.orphans),
  ];
}

function check(id: string, status: Check['status'], code: string, data: Check['data'] = {}): Check {
  return { id, status, code, data };
}

function hostCheck(host: HostState): Check {
  if (host.state === 'unavailable') {
    return check('libvirt', graveness(host.problem.code), host.problem.code, host.problem.data);
  }
  const { libvirtVersion, qemuVersion } = host;
  return check('libvirt', 'ok', 'doctor.libvirt', { libvirtVersion, qemuVersion });
}

/** Hosting nothing on purpose is no fault, and neither is not knowing yet. */
function graveness(code: string): Check['status'] {
  if (code === 'node.host_off') return 'ok';
  return code === 'node.host_starting' ? 'warning' : 'fault';
}

function accelCheck(host: HostState): Check {
  if (host.state === 'unavailable') {
    const status = host.problem.code === 'node.host_off' ? 'ok' : 'warning';
    return check('accelerator', status, 'doctor.accel_unknown');
  }
  const { chosen, forced, kvmMs, tcgMs } = host.accel;
  // Emulation is right where KVM does not truly work, yet a lab should know that its guests run at a tenth of the speed.
  const status = chosen === 'kvm' ? 'ok' : 'warning';
  return check('accelerator', status, `doctor.accel_${chosen}`, { forced, kvmMs, tcgMs });
}

function problemChecks(host: HostState): Check[] {
  if (host.state === 'unavailable') return [];
  // That KVM is slow is what the accelerator's check says already.
  const others = host.problems.filter(({ code }) => code !== 'hypervisor.kvm_slow');
  return others.map(({ code, data }) => check('libvirt', 'warning', code, data));
}

function diskCheck(load: Load | null): Check {
  if (!load) return check('disk', 'warning', 'doctor.not_measured');
  const data = { freeGiB: Math.floor(load.diskFreeGiB), totalGiB: Math.floor(load.diskTotalGiB) };
  if (load.diskFreeGiB < DISK_FAULT_GIB) return check('disk', 'fault', 'doctor.disk_full', data);
  if (load.diskFreeGiB < DISK_WARNING_GIB) return check('disk', 'warning', 'doctor.disk_low', data);
  return check('disk', 'ok', 'doctor.disk', data);
}

async function folderCheck(dataDir: string): Promise<Check> {
  const writable = await access(dataDir, constants.W_OK).then(
    () => true,
    () => false,
  );
  return writable
    ? check('data', 'ok', 'doctor.data', { dir: dataDir })
    : check('data', 'fault', 'doctor.data_readonly', { dir: dataDir });
}

function clockCheck(stateNow: number, now: number): Check {
  const behindMs = stateNow - now;
  if (behindMs <= CLOCK_TOLERANCE_MS) return check('clock', 'ok', 'doctor.clock');
  return check('clock', 'warning', 'doctor.clock_behind', { seconds: Math.round(behindMs / 1000) });
}

function quorumCheck(quorum: Quorum): Check {
  const data = { voters: quorum.voters.length, alive: quorum.alive.length, mayFail: quorum.mayFail };
  if (quorum.masterId === null) return check('agreement', 'fault', 'doctor.no_master', data);
  return check('agreement', 'ok', quorum.voters.length === 1 ? 'doctor.one_voter' : 'doctor.quorum', data);
}

function imagesCheck({ strayVersions, missingVersions, damagedVersions }: Findings): Check {
  if (damagedVersions.length > 0) {
    return check('images', 'fault', 'doctor.images_damaged', { versions: damagedVersions });
  }
  if (missingVersions.length > 0) {
    return check('images', 'fault', 'doctor.images_missing', { versions: missingVersions });
  }
  if (strayVersions.length > 0)
    return check('images', 'warning', 'doctor.images_stray', { versions: strayVersions });
  return check('images', 'ok', 'doctor.images');
}

function orphansCheck(orphans: number): Check {
  return orphans === 0
    ? check('orphans', 'ok', 'doctor.orphans_none')
    : check('orphans', 'warning', 'doctor.orphans', { count: orphans });
}
