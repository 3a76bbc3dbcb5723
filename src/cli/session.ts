/** What one run of a command has at hand: its flags, its door, and how it answers. */
import type { Command } from 'commander';
import { type Cause, describe, type Lang } from '../texts/index.ts';
import { Client } from './client.ts';
import { chooseDoor, dataFolder, type GlobalFlags } from './door.ts';
import { CliError } from './errors.ts';
import { type Io, languageOf } from './io.ts';
import { type Paint, paintFor } from './paint.ts';

export class Session {
  readonly io: Io;
  readonly lang: Lang;
  readonly paint: Paint;
  readonly json: boolean;
  readonly wait: boolean;
  /** Ms; null: as long as the operation may take. */
  readonly timeoutMs: number | null;
  /** The words of the command, as "labmesh vm start". */
  readonly command: string;
  readonly #flags: GlobalFlags;
  #client: Client | null = null;

  constructor(io: Io, command: Command) {
    const flags = command.optsWithGlobals<GlobalFlags>();
    this.io = io;
    this.lang = languageOf(io.env);
    this.paint = paintFor(io, 'out');
    this.json = flags.json === true;
    this.wait = flags.wait;
    this.timeoutMs = flags.timeout ?? null;
    this.command = commandName(command);
    this.#flags = flags;
  }

  get client(): Client {
    this.#client ??= new Client(
      chooseDoor(this.#flags, this.io, this.command),
      this.lang,
      this.io.interrupted,
      this.timeoutMs,
    );
    return this.#client;
  }

  /** Absolute path of the data folder that --data names. */
  get data(): string {
    return dataFolder(this.#flags, this.io);
  }

  /** For verbs that read or write files of the node's own PC. @throws CliError `cli.local_only` */
  needLocal(): void {
    if (this.client.door.kind !== 'local') throw new CliError('cli.local_only', { command: this.command });
  }

  /** The command's answer: one JSON value, or what people read. */
  answer(value: unknown, forPeople: () => string): void {
    this.io.out(this.json ? `${JSON.stringify(value)}\n` : forPeople());
  }

  /** A remark beside the answer; with --json it stays off standard output like everything else. */
  note(text: string): void {
    this.io.err(`${text}\n`);
  }

  usage(problem: string): CliError<'cli.usage'> {
    return new CliError('cli.usage', { problem, command: this.command });
  }

  /** The sentence of a cause, in the person's language. */
  say(cause: Cause): { message: string; hint: string } {
    return describe(cause.code, cause.data, this.lang);
  }
}

export function commandName(command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one !== null; one = one.parent) names.unshift(one.name());
  return names.join(' ');
}
