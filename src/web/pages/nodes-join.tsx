/** Adding PCs: the line to run there, and the lines that still let somebody in. */
import { Hono } from 'hono';
import type { CreatedToken } from '../../node/interface.ts';
import { isUlid, LabmeshError, tokenState } from '../../state/index.ts';
import { Field, Head, Refused, Select } from '../components/bits.tsx';
import { EntryForm } from '../components/forms.tsx';
import { JoinLine, OpenTokens } from '../components/join-line.tsx';
import { Page } from '../components/page.tsx';
import { type View, viewOf } from '../components/view.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { attempt, emptyForm, type Form, goTo, readForm, show } from './show.ts';

const HOUR_MS = 3_600_000;
/** A class is set up within a day. */
const DEFAULT_HOURS = '24';
const MOST_USES = 1000;

export function joinPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/', (c) => joinPage(c, null, emptyForm, null))
    .post('/', async (c) => {
      const form = await readForm(c);
      const request = {
        ttlMs: Math.trunc(Number(form.text('hours')) * HOUR_MS),
        uses: Math.trunc(Number(form.text('uses'))),
        label: form.text('label').trim(),
        share: false,
      };
      let made: CreatedToken | null = null;
      const problem = await attempt(c, async () => {
        made = await c.get('node').createToken(request, authorOf(c));
      });
      return joinPage(c, made, form, problem);
    })
    .post('/:token/revoke', async (c) =>
      revokeToken(c, '/nodes/join', (problem) => joinPage(c, null, emptyForm, problem)),
    );
}

/** Withdraws the token that the address names. What is not one's own is refused by the cloud. */
export async function revokeToken(
  c: WebContext,
  back: string,
  refused: (problem: Problem) => Promise<Response>,
): Promise<Response> {
  const id = c.req.param('token') ?? '';
  if (!isUlid(id)) throw new LabmeshError('not_found', { kind: 'token', id: id.slice(0, 64) });
  const problem = await attempt(c, () => c.get('node').submit('token.revoke', { id }, authorOf(c)));
  return problem === null ? goTo(c, back, 'line_revoked') : refused(problem);
}

function joinPage(c: WebContext, made: CreatedToken | null, form: Form, problem: Problem | null) {
  return show(c, <Join v={viewOf(c)} made={made} form={form} problem={problem} />, problem?.status ?? 200);
}

function Join(props: { v: View; made: CreatedToken | null; form: Form; problem: Problem | null }) {
  const { v, made, form, problem } = props;
  const words = v.t.mesh.join;
  const open = v.state.tables.token.all().filter((one) => tokenState(one, v.node.now()) === 'valid');
  return (
    <Page v={v} title={words.title} topics={made === null ? ['nodes'] : []}>
      <Head title={words.title} lead={words.lead} back={{ href: '/nodes', text: v.t.nodes.title }} />
      <Refused v={v} problem={problem} />
      {made === null ? (
        <EntryForm v={v} action="/nodes/join" button={words.make} id="join-form" main>
          <Field
            name="label"
            label={words.label}
            hint={words.labelHint}
            value={form.typed('label', words.labelDefault)}
            maxlength={63}
            required
          />
          <Select
            name="hours"
            label={words.validFor}
            value={form.typed('hours', DEFAULT_HOURS)}
            options={Object.entries(words.validity).sort(([a], [b]) => Number(a) - Number(b))}
          />
          <Field
            name="uses"
            type="number"
            label={words.uses}
            value={form.typed('uses', '1')}
            min={1}
            max={MOST_USES}
            required
            short
          />
        </EntryForm>
      ) : (
        <JoinLine v={v} made={made} title={words.ready} once={words.once} />
      )}
      <OpenTokens v={v} title={words.open} none={words.none} tokens={open} action="/nodes/join" />
    </Page>
  );
}
