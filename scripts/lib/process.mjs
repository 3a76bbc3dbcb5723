// Runs other programs for the scripts: argument arrays only, each with a deadline.
import { spawn } from 'node:child_process';
import { env } from 'node:process';

/**
 * @typedef {{ code: number | null, signal: string | null, output: string, timedOut: boolean }} Ended
 * @param {string} program
 * @param {string[]} args
 * @param {{ deadline: number, cwd?: string, env?: Record<string, string | undefined>, show?: boolean }} options
 *   deadline: milliseconds after which the program and its children are killed; show: pass its output on as it comes
 * @returns {Promise<Ended>} never rejects: a program that is not there ends with code 127, as in a shell
 */
export function run(program, args, { deadline, cwd, env: added = {}, show = false }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...env, ...added },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a group of its own, so that the deadline ends its children too
    });
    running.add(child);
    let output = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      signalGroup(child.pid, 'SIGKILL');
    }, deadline);
    const hear = (stream) => (chunk) => {
      output = (output + chunk).slice(-OUTPUT_KEPT);
      if (show) stream.write(chunk);
    };
    child.stdout.on('data', hear(process.stdout));
    child.stderr.on('data', hear(process.stderr));
    child.on('error', (error) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code: 127, signal: null, output: error.message, timedOut: false });
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code, signal, output, timedOut });
    });
  });
}

const OUTPUT_KEPT = 200_000; // characters; the end of a program's output names its trouble

const running = new Set();

/** Passes a signal on to everything that runs now: programs in groups of their own do not hear the terminal's Ctrl-C. */
export function signalRunning(signal) {
  for (const child of running) signalGroup(child.pid, signal);
}

function signalGroup(pid, signal) {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It ended in this moment.
  }
}

/** @returns {string} the last line that says something, for a sentence about a failure */
export function lastLine(output) {
  return output.trim().split('\n').at(-1)?.trim() ?? '';
}
