/** `setting` and `size`: what holds for the whole cloud. */
import type { Command } from 'commander';
import { formatNumber } from '../../texts/index.ts';
import type { SettingRow, SizeRow } from '../answers.ts';
import { wholeList } from '../lists.ts';
import type { Session } from '../session.ts';
import { memory, table } from '../table.ts';
import { addVerb, type Program } from '../verb.ts';

export function addSettingVerbs(program: Program, root: Command): void {
  const set = root.command('setting').description("the cloud's settings");
  addVerb(
    program,
    set,
    'ls',
    'list every setting with its default',
    [['setting ls', '']],
    async (session) => {
      const rows = await wholeList<SettingRow>(session, ['settings']);
      session.answer(rows, () => settingsText(session, rows));
      return undefined;
    },
  );
  addVerb(
    program,
    set,
    'get <key>',
    'print the value of one setting',
    [['setting get lease.max_hours', '']],
    async (session, [key = '']) => {
      const row = await session.client.get<SettingRow>(['settings', key]);
      session.answer(row, () => `${row.value}\n`);
      return undefined;
    },
  );
  addVerb(
    program,
    set,
    'set <key> <value>',
    'change a setting; "default" puts it back',
    [
      ['setting set lease.max_hours 8', ''],
      ['setting set lease.max_hours default', ''],
    ],
    async (session, [key = '', text = '']) => {
      const before = await session.client.get<SettingRow>(['settings', key]);
      const row = await session.client.put<SettingRow>(['settings', key], {
        value: meaningOf(session, before, text),
      });
      session.answer(
        row,
        () => `${row.key} is ${row.value}${row.unit ? ` ${row.unit}` : ''} (before: ${before.value}).\n`,
      );
      return undefined;
    },
  );
}

export function addSizeVerbs(program: Program, root: Command): void {
  const size = root.command('size').description('sizes in which VMs are made');
  addVerb(program, size, 'ls', 'list sizes', [['size ls', '']], async (session) => {
    const rows = await wholeList<SizeRow>(session, ['sizes']);
    session.answer(rows, () => sizesText(session, rows));
    return undefined;
  });
}

/** What the words on the command line mean for a setting of this type. */
function meaningOf(session: Session, row: SettingRow, text: string): string | number | boolean | null {
  if (text === 'default') return null;
  if (row.type === 'choice') return text;
  if (row.type === 'flag') {
    if (['on', 'true', 'yes'].includes(text)) return true;
    if (['off', 'false', 'no'].includes(text)) return false;
    throw session.usage(`${row.key} is "on" or "off".`);
  }
  const value = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw session.usage(
    `${row.key} is a number${row.min === null ? '' : ` from ${row.min} to ${row.max}`}, or "default".`,
  );
}

function settingsText(session: Session, rows: readonly SettingRow[]): string {
  const bounds = (one: SettingRow) =>
    one.choices ? one.choices.join(', ') : one.min === null ? 'on, off' : `${one.min} to ${one.max}`;
  return table(
    rows,
    [
      { title: 'SETTING', of: (one) => one.key },
      { title: 'VALUE', of: (one) => String(one.value), right: true },
      { title: 'UNIT', of: (one) => one.unit ?? '' },
      { title: 'DEFAULT', of: (one) => String(one.default), right: true },
      { title: 'TAKES', of: bounds, flexible: true },
    ],
    session.io.columns,
  );
}

function sizesText(session: Session, rows: readonly SizeRow[]): string {
  const number = (value: number) => formatNumber(value, session.lang);
  return table(
    rows,
    [
      { title: 'SIZE', of: (one) => one.name, flexible: true },
      { title: 'VCPUS', of: (one) => number(one.vcpus), right: true },
      { title: 'MEMORY', of: (one) => memory(one.ramMiB, session.lang), right: true },
      { title: 'DISK', of: (one) => `${number(one.osDiskGiB)} GB`, right: true },
      { title: 'DATA DISK', of: (one) => `${number(one.dataDiskGiB)} GB`, right: true },
      { title: 'ID', of: (one) => one.id },
    ],
    session.io.columns,
  );
}
