/** From the setting and the (kept) self-test to a report and what is to be mended. */
import { statSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Owner } from '../layout.ts';
import type { AccelChoice, AccelReport, HostProblem } from '../types.ts';
import { chooseAccel, kvmAccess, type ProbeResult, probeAccel } from './probe.ts';

const timing = z.object({
  result: z.enum(['ok', 'timeout', 'failed', 'missing']),
  ms: z.number().nullable(),
  reason: z.string().exactOptional(),
});
const kept = z.object({
  key: z.string(),
  result: z.object({
    kvm: timing,
    tcg: timing,
    kvmCpu: z.enum(['host', 'host-no-arch-capabilities']),
    at: z.number(),
  }),
});

export interface AccelQuestion {
  choice: AccelChoice;
  emulator: string;
  qemuVersion: string;
  qemu: Owner;
  kvmPath: string;
  /** Where the result is kept. */
  dataDir: string;
}

/** The report; runs the self-test when none is kept for this kernel, QEMU, CPU and state of /dev/kvm. */
export async function accelReport(question: AccelQuestion): Promise<AccelReport> {
  if (question.choice === 'tcg') return { chosen: 'tcg', by: 'setting', cpu: 'maximum' };
  const file = join(question.dataDir, 'accel-probe.json');
  const key = probeKey(question);
  let result = await loadProbe(file, key);
  if (result === null) {
    result = await probeAccel(question.emulator, question.kvmPath, question.qemu);
    // A deadline passed may be a moment of load: not kept, measured again at the next start.
    if (result.kvm.result !== 'timeout' && result.tcg.result === 'ok') await saveProbe(file, key, result);
  }
  if (question.choice === 'auto') return chooseAccel(result);
  return {
    chosen: 'kvm',
    by: 'setting',
    cpu: result.kvmCpu,
    kvm: result.kvm,
    tcg: result.tcg,
    at: result.at,
  };
}

/** What would change the result. */
export function probeKey(question: Pick<AccelQuestion, 'qemuVersion' | 'kvmPath' | 'qemu'>): string {
  const cpu = cpus()[0]?.model ?? 'unknown';
  return [release(), question.qemuVersion, cpu, kvmAccess(question.kvmPath, question.qemu)].join(' | ');
}

/** Null when there is none for `key`, or it cannot be read. */
export async function loadProbe(file: string, key: string): Promise<ProbeResult | null> {
  try {
    const parsed = kept.parse(JSON.parse(await readFile(file, 'utf8')));
    return parsed.key === key ? parsed.result : null;
  } catch {
    return null;
  }
}

export async function saveProbe(file: string, key: string, result: ProbeResult): Promise<void> {
  const partial = `${file}.part`;
  await writeFile(partial, JSON.stringify({ key, result }));
  await rename(partial, file);
}

/** What a person could mend, worst first. */
export function accelProblems(report: AccelReport, kvmPath: string, qemu: Owner): HostProblem[] {
  const access = kvmAccess(kvmPath, qemu);
  const problems: HostProblem[] = [];
  // libvirt then asks QEMU for its abilities afresh at every start of a VM: up to a minute, also under emulation.
  if (access === 'closed') {
    const mode = ((statSync(kvmPath, { throwIfNoEntry: false })?.mode ?? 0) & 0o7777).toString(8);
    problems.push({ code: 'hypervisor.kvm_closed', data: { path: kvmPath, mode } });
  }
  if (report.by === 'setting' && report.chosen === 'tcg') return problems;
  if (report.tcg?.result !== 'ok') {
    const reason = report.tcg?.reason ?? report.tcg?.result ?? '';
    problems.push({ code: 'hypervisor.probe_failed', data: { reason } });
  }
  if (access === 'missing') problems.push({ code: 'hypervisor.kvm_missing', data: {} });
  if (access !== 'open') return problems;
  const { kvm, tcg } = report;
  if (kvm?.result === 'failed') {
    problems.push({ code: 'hypervisor.kvm_fails', data: { reason: kvm.reason ?? '' } });
  } else if (report.chosen === 'tcg' || kvm?.result === 'timeout') {
    problems.push({ code: 'hypervisor.kvm_slow', data: { kvmMs: kvm?.ms ?? null, tcgMs: tcg?.ms ?? 0 } });
  }
  return problems;
}
