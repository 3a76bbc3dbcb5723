/**
 * KVM or emulation, told apart by running the same tiny guest under both (V1). The presence of /dev/kvm says little:
 * nested in software it is several times slower than emulation, and Linux does not get through its boot.
 */
import { statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryTool } from '../disks/run-tool.ts';
import { HypervisorError } from '../errors.ts';
import type { Owner } from '../layout.ts';
import type { AccelReport, AccelTiming } from '../types.ts';
import { bootSector, exitCodeWhenDone } from './boot-sector.ts';

/** Emulation takes 0.2 s; a PC busy with other VMs gets fifty times that. */
const deadlineMs = 10_000;
/** QEMU's complaint is in its last lines. */
const reasonMax = 300;

export interface ProbeResult {
  kvm: AccelTiming;
  tcg: AccelTiming;
  /** The CPU under which KVM ran. */
  kvmCpu: 'host' | 'host-no-arch-capabilities';
  at: number;
}

/** Runs the self-test under both. Never throws: what goes wrong is in the result. */
export async function probeAccel(emulator: string, kvmPath: string, qemu: Owner): Promise<ProbeResult> {
  const dir = await mkdtemp(join(tmpdir(), 'labmesh-probe-'));
  const disk = join(dir, 'boot.img');
  try {
    await writeFile(disk, bootSector());
    const tcg = await run(emulator, disk, 'tcg', 'max');
    const { timing, cpu } = await probeKvm(emulator, disk, kvmPath, qemu);
    return { kvm: timing, tcg, kvmCpu: cpu, at: Date.now() };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function probeKvm(emulator: string, disk: string, kvmPath: string, qemu: Owner) {
  const access = kvmAccess(kvmPath, qemu);
  if (access !== 'open') {
    const timing: AccelTiming = access === 'missing' ? { result: 'missing', ms: null } : closed(kvmPath);
    return { timing, cpu: 'host' as const };
  }
  const plain = await run(emulator, disk, 'kvm', 'host');
  if (plain.result !== 'failed') return { timing: plain, cpu: 'host' as const };
  // Some nested KVMs refuse this one register, and QEMU aborts.
  const timing = await run(emulator, disk, 'kvm', 'host,-arch-capabilities');
  return { timing, cpu: 'host-no-arch-capabilities' as const };
}

function closed(kvmPath: string): AccelTiming {
  return { result: 'failed', ms: null, reason: `QEMU's user may not open ${kvmPath}` };
}

async function run(emulator: string, disk: string, accel: string, cpu: string): Promise<AccelTiming> {
  const machine = ['-machine', 'pc', '-accel', accel, '-cpu', cpu, '-m', '16'];
  const bare = ['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'];
  const exit = ['-device', 'isa-debug-exit,iobase=0xf4,iosize=4'];
  const startedAt = performance.now();
  try {
    const drive = ['-drive', `file=${disk},format=raw,if=floppy,readonly=on`];
    const { exitCode, stderr } = await tryTool(
      [emulator, ...machine, ...bare, ...exit, ...drive],
      deadlineMs,
    );
    const ms = Math.round(performance.now() - startedAt);
    if (exitCode === exitCodeWhenDone) return { result: 'ok', ms };
    return { result: 'failed', ms: null, reason: stderr.trim().slice(-reasonMax) || `exit code ${exitCode}` };
  } catch (error) {
    if (error instanceof HypervisorError && error.code === 'hypervisor.tool_deadline') {
      return { result: 'timeout', ms: null };
    }
    return { result: 'failed', ms: null, reason: String(error).slice(0, reasonMax) };
  }
}

/** Whether QEMU's user can open /dev/kvm, by its owner and mode. */
export function kvmAccess(path: string, qemu: Owner): 'open' | 'closed' | 'missing' {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'missing';
  const shift = found.uid === qemu.uid ? 6 : found.gid === qemu.gid ? 3 : 0;
  return qemu.uid === 0 || ((found.mode >> shift) & 0o6) === 0o6 ? 'open' : 'closed';
}

/**
 * QEMU's own start makes up most of the test's time on good hardware, where both take about as long: KVM wins unless
 * it is clearly slower. The broken ones seen were 8 to 20 times slower.
 */
const clearlySlower = 2;

export function chooseAccel(result: ProbeResult): AccelReport {
  const { kvm, tcg, kvmCpu, at } = result;
  const kvmWins = kvm.ms !== null && (tcg.ms === null || kvm.ms <= tcg.ms * clearlySlower);
  return { chosen: kvmWins ? 'kvm' : 'tcg', by: 'probe', cpu: kvmWins ? kvmCpu : 'maximum', kvm, tcg, at };
}
