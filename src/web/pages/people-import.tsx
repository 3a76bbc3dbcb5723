/** A list of people from a spreadsheet: first what would change, then the deed and its passwords. */
import { Hono } from 'hono';
import { describe } from '../../texts/index.ts';
import { type ImportedLine, importPeople } from '../actions/index.ts';
import { Csrf, Head, Refused } from '../components/bits.tsx';
import { Page } from '../components/page.tsx';
import { Table } from '../components/table.tsx';
import { type View, viewOf } from '../components/view.ts';
import { actorOf, authorOf, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { attempt, readForm, show } from './show.ts';

const EXAMPLE =
  'name,full name,role,course\nana,Ana Ruiz,student,Operating systems\nteresa,Teresa Gil,teacher,';

export function peopleImportPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => show(c, <Ask v={viewOf(c)} text="" problem={null} />))
    .post('/', async (c) => {
      const form = await readForm(c);
      const text = (await form.file('file')?.text()) ?? form.text('list');
      const dryRun = form.text('step') !== 'do';
      let lines: ImportedLine[] = [];
      const problem = await attempt(c, async () => {
        lines = await importPeople(c.get('node'), actorOf(c), authorOf(c), text, dryRun);
      });
      const v = viewOf(c);
      if (problem !== null || form.text('step') === 'edit') {
        return show(c, <Ask v={v} text={text} problem={problem} />, problem?.status ?? 200);
      }
      return show(c, <Lines v={v} text={text} lines={lines} dryRun={dryRun} />);
    });
}

function Ask({ v, text, problem }: { v: View; text: string; problem: Problem | null }) {
  const words = v.t.people;
  return (
    <Page v={v} title={words.importTitle} narrow>
      <Head title={words.importTitle} lead={words.importLead} back={{ href: '/people', text: words.title }} />
      <Refused v={v} problem={problem} />
      <form class="form card pad" method="post" action="/people/import" enctype="multipart/form-data">
        <Csrf v={v} />
        <div class="field">
          <label for="file">{words.importFile}</label>
          <input class="input" id="file" name="file" type="file" accept=".csv,text/csv,text/plain" />
        </div>
        <div class="field">
          <label for="list">{words.importText}</label>
          <textarea class="input mono" id="list" name="list" rows={8} spellcheck={false}>
            {text}
          </textarea>
        </div>
        <div class="stack close">
          <span class="small soft">{words.importExample}</span>
          <pre class="secret small">{EXAMPLE}</pre>
        </div>
        <div>
          <button class="button main" type="submit" name="step" value="preview">
            {words.preview}
          </button>
        </div>
      </form>
    </Page>
  );
}

function Lines({
  v,
  text,
  lines,
  dryRun,
}: {
  v: View;
  text: string;
  lines: readonly ImportedLine[];
  dryRun: boolean;
}) {
  const words = v.t.people;
  const count = (outcome: ImportedLine['outcome']) => lines.filter((one) => one.outcome === outcome).length;
  const lead = (dryRun ? words.previewLead : words.resultLead)(
    count('added'),
    count('exists'),
    count('refused'),
  );
  const title = dryRun ? words.previewTitle : words.resultTitle;
  const doable = lines.length - count('refused');
  return (
    <Page v={v} title={title}>
      <Head title={title} lead={lead} back={{ href: '/people', text: words.title }} />
      <Table
        heads={[
          words.name,
          words.fullName,
          words.outcome,
          words.course,
          ...(dryRun ? [] : [words.password]),
          [words.line],
        ]}
      >
        {lines.map((one) => (
          <Line v={v} one={one} dryRun={dryRun} />
        ))}
      </Table>
      {dryRun ? (
        <form class="row" method="post" action="/people/import">
          <Csrf v={v} />
          <input type="hidden" name="list" value={text} />
          <button class="button" type="submit" name="step" value="edit">
            {words.change}
          </button>
          {doable === 0 ? null : (
            <button class="button main" type="submit" name="step" value="do">
              {words.confirmImport(doable)}
            </button>
          )}
        </form>
      ) : (
        <div>
          <a class="button main" href="/people">
            {words.doneButton}
          </a>
        </div>
      )}
    </Page>
  );
}

const TAGS = { added: 'tag good', exists: 'tag', refused: 'tag bad' } as const;

function Line({ v, one, dryRun }: { v: View; one: ImportedLine; dryRun: boolean }) {
  const words = v.t.people;
  const why = one.problem === null ? null : describe(one.problem.code, one.problem.data, v.lang);
  return (
    <tr>
      <td>{one.name}</td>
      <td data-label={words.fullName}>{one.fullName}</td>
      <td data-label={words.outcome}>
        <div class="stack close">
          <span>
            <span class={TAGS[one.outcome]}>{words.outcomes[one.outcome]}</span>
          </span>
          {why === null ? null : <span class="small">{`${why.message} ${why.hint}`}</span>}
        </div>
      </td>
      <td data-label={words.course}>{one.course ?? ''}</td>
      {dryRun ? null : (
        <td data-label={words.password} class="mono">
          {one.password ?? ''}
        </td>
      )}
      <td data-label={words.line} class="end num">
        {one.line}
      </td>
    </tr>
  );
}
