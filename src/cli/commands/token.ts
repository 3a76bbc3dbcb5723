/** `token`: what lets new PCs into the cloud. */
import type { Command } from 'commander';
import { formatDuration } from '../../texts/index.ts';
import type { CreatedTokenRow, TokenRow } from '../answers-nodes.ts';
import { wholeList } from '../lists.ts';
import type { Session } from '../session.ts';
import { type Column, table } from '../table.ts';
import { parseLongTime, parseName, parseWhole } from '../values.ts';
import { addVerb, type Program } from '../verb.ts';

interface CreateFlags {
  readonly ttl?: number;
  readonly uses?: number;
  readonly label?: string;
}

export function addTokenVerbs(program: Program, root: Command): void {
  const token = root.command('token').description('tokens that let new PCs into the cloud');
  addCreate(program, token);
  addVerb(
    program,
    token,
    'ls',
    'list join tokens',
    [['token ls', 'without their secrets']],
    async (session) => {
      const tokens = await wholeList<TokenRow>(session, ['tokens']);
      const empty = 'No tokens. Make one with: labmesh token create\n';
      session.answer(tokens, () =>
        tokens.length === 0 ? empty : table(tokens, columns(session), session.io.columns),
      );
      return undefined;
    },
  );
  addVerb(
    program,
    token,
    'rm <token>',
    'revoke a join token; the PCs that it let in stay',
    [['token rm 01JTX4', 'by its id or the beginning of it']],
    async (session, [id = '']) => {
      await session.client.delete(['tokens', id]);
      session.answer({ removed: id }, () => `Token ${id} lets nobody in any more.\n`);
      return undefined;
    },
  );
}

function addCreate(program: Program, token: Command): void {
  addVerb<CreateFlags>(
    program,
    token,
    'create',
    'make a join token and print the line to run on the new PC; it is shown this once',
    [
      ['token create', 'for one PC, within three hours'],
      ['token create --uses 20 --ttl 8h --label "room 2.03"', 'for a whole room'],
    ],
    async (session, _args, { ttl, uses, label }) => {
      const made = await session.client.post<CreatedTokenRow>(['tokens'], {
        ...(ttl === undefined ? {} : { ttlSeconds: Math.round(ttl / 1000) }),
        ...(uses === undefined ? {} : { uses }),
        ...(label === undefined ? {} : { label }),
      });
      const pcs = made.uses === 1 ? 'one PC' : `${made.uses} PCs`;
      const left = formatDuration(made.expiresAt - Date.now(), session.lang);
      session.answer(made, () => `${made.command}\n`);
      if (!session.json)
        session.note(`Run this line on the new PC. It lets in ${pcs}, for ${left}, and is shown this once.`);
      return undefined;
    },
  )
    .option('--ttl <time>', 'how long it is valid, 1m to 720h (default: 3h)', parseLongTime)
    .option('--uses <number>', 'how many PCs it lets in (default: 1)', parseWhole(1, 1000))
    .option('--label <text>', 'what it is for, to tell it from others', parseName);
}

function columns({ lang }: Session): Column<TokenRow>[] {
  const left = (one: TokenRow) => formatDuration(Math.max(0, one.expiresAt - Date.now()), lang);
  return [
    { title: 'ID', of: (one) => one.id },
    { title: 'LABEL', of: (one) => one.label || '-', flexible: true },
    { title: 'STATE', of: (one) => one.state.replace('_', ' ') },
    { title: 'LEFT', of: (one) => (one.state === 'valid' ? left(one) : '-') },
    { title: 'USED', of: (one) => `${one.nodes.length}/${one.maxUses}`, right: true },
    { title: 'PCS', of: (one) => one.nodes.map(({ name }) => name).join(', ') || '-', flexible: true },
    { title: 'BY', of: (one) => one.createdBy.name },
  ];
}
