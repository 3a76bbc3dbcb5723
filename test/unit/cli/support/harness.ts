/** A node on a control socket (the real web app over a made-up cloud), and commands run against it as a terminal would. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Io, runCli } from '../../../../src/cli/index.ts';
import { hashSecret, newSecret } from '../../../../src/web/auth/secrets.ts';
import { serveLoopback, servingOptions } from '../../../../src/web/serve.ts';
import { createWebApp } from '../../../../src/web/server.ts';
import { type DataSet, fakeCloud, userNamed } from '../../../support/fake-cloud.ts';
import type { FakeNode, FakeNodeOptions } from '../../../support/fake-node.ts';

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
  /** The same as a person, with a token of theirs. */
  runAs(name: string, words: readonly string[], options?: RunOptions): Promise<Ran>;
  stop(): Promise<void>;
}

/** @param stepMs how fast the node's agent moves; 0: not at all */
export function startNode(set: DataSet, stepMs = 5, options: FakeNodeOptions = {}): Fixture {
  const data = tempFolder();
  const node = fakeCloud(set, { stepMs, ...options });
  const app = createWebApp(node);
  const { idleTimeout: _, ...served } = servingOptions(app, 'control');
  const server = Bun.serve({ ...served, unix: join(data, 'control.sock') });
  const page = serveLoopback(app, 0);
  return {
    node,
    data,
    run: (words, options) => {
      const argv = typeof words === 'string' ? words.split(' ') : words;
      return labmesh([...argv, '--data', data], options);
    },
    runAs: (name, words, options) => {
      const token = tokenOf(node, name);
      return labmesh([...words, '--url', `http://127.0.0.1:${page.port}`], {
        ...options,
        env: { LABMESH_TOKEN: token },
      });
    },
    async stop() {
      await Promise.all([server.stop(true), page.stop(), node.stop()]);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** A token of the API for this user. */
export function tokenOf(node: FakeNode, name: string): string {
  const secret = newSecret();
  const userId = userNamed(node, name).id;
  const session = {
    id: node.newId(),
    kind: 'api',
    userId,
    secretHash: hashSecret(secret),
    label: 't',
    hours: 1,
  };
  node.apply('session.open', session, { kind: 'user', id: userId, from: '127.0.0.1' });
  return secret;
}

export function tempFolder(): string {
  return mkdtempSync(join(tmpdir(), 'labmesh-cli-'));
}
