/** A node on a control socket (the real web app over a made-up cloud), and commands run against it as a terminal would. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Io, runCli } from '../../../../src/cli/index.ts';
import { servingOptions } from '../../../../src/web/serve.ts';
import { createWebApp } from '../../../../src/web/server.ts';
import { type DataSet, fakeCloud } from '../../../support/fake-cloud.ts';
import type { FakeNode } from '../../../support/fake-node.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The JSON value on standard output. */
  json(): unknown;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Answers to questions; with them, the input is a terminal. */
  readonly answers?: readonly string[];
  readonly terminal?: boolean;
  readonly columns?: number;
  readonly interrupted?: AbortSignal;
  readonly restore?: (file: string, data: string) => Promise<{ takenAt: number; records: number }>;
  readonly up?: (options: unknown) => Promise<number>;
  readonly join?: (options: unknown, token: string) => Promise<number>;
}

/** Runs one command line in this process. */
export async function labmesh(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const answers = [...(options.answers ?? [])];
  const terminal = options.terminal === true;
  const io: Io = {
    env: options.env ?? {},
    cwd: tmpdir(),
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    outIsTerminal: terminal,
    errIsTerminal: terminal || answers.length > 0,
    inIsTerminal: answers.length > 0,
    columns: options.columns ?? 10_000,
    readInput: async (max) => (options.input ?? '').slice(0, max),
    ask: async (question) => {
      err += question;
      return answers.shift() ?? null;
    },
    askHidden: async (question) => {
      err += question;
      return answers.shift() ?? null;
    },
    interrupted: options.interrupted ?? new AbortController().signal,
  };
  const unexpected = async () => {
    throw new Error('not expected in this test');
  };
  const code = await runCli(argv, io, {
    up: options.up ?? unexpected,
    join: options.join ?? unexpected,
    restore: options.restore ?? unexpected,
  });
  return { code, out, err, json: () => JSON.parse(out) };
}

export interface Fixture {
  readonly node: FakeNode;
  readonly data: string;
  /** Runs a command on this node. */
  run(words: string | readonly string[], options?: RunOptions): Promise<Ran>;
  stop(): Promise<void>;
}

/** @param stepMs how fast the node's agent moves; 0: not at all */
export function startNode(set: DataSet, stepMs = 5): Fixture {
  const data = tempFolder();
  const node = fakeCloud(set, { stepMs });
  const { idleTimeout: _, ...served } = servingOptions(createWebApp(node), 'control');
  const server = Bun.serve({ ...served, unix: join(data, 'control.sock') });
  return {
    node,
    data,
    run: (words, options) => {
      const argv = typeof words === 'string' ? words.split(' ') : words;
      return labmesh([...argv, '--data', data], options);
    },
    async stop() {
      await Promise.all([server.stop(true), node.stop()]);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

export function tempFolder(): string {
  return mkdtempSync(join(tmpdir(), 'labmesh-cli-'));
}
