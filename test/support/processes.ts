/** What tests need to know of processes, read from /proc: no names are matched, only ids and namespaces. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The network namespace of a process (`net:[4026531840]`), or null when it is gone. */
export function netNamespace(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return null;
  }
}

/** When the process started, in clock ticks since boot: tells it from a later one with the same id. */
export function startTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 22; the name in parentheses may hold blanks, so count from behind it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** The command line of a process, or an empty list when it is gone (or a zombie). */
export function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

/** Every process inside a network namespace. */
export function processesIn(namespace: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => netNamespace(pid) === namespace);
}

/** SIGKILL to one process; one that is gone already is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {}
}
