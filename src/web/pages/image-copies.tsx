/** Where the copies of an image are, and where people want them (I6). */
import { Hono } from 'hono';
import {
  deploymentOf,
  floorOf,
  type Image,
  type ImageVersion,
  mayKeep,
  mayManageImage,
  type Node,
} from '../../state/index.ts';
import { describe } from '../../texts/index.ts';
import { Csrf, morphing, PostButton, Select } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import type { View } from '../components/view.ts';
import { type CopyRow, copyRows } from '../copies.ts';
import { authorOf, type WebContext, type WebEnv } from '../env.ts';
import type { Problem } from '../problem.ts';
import { needImage } from './need.ts';
import { attempt, type Form, goTo, readForm } from './show.ts';

/** PCs that the page lists by name; a lab has fewer, a school's cloud may have more. */
const MAX_ROWS = 60;
const TONES = { whole: 'good', coming: 'busy', leaving: 'busy', away: '' } as const;

/** @param again draws the image's page with what was refused */
export function imageCopyPages(
  again: (c: WebContext, image: Image, problem: Problem) => Response | Promise<Response>,
): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .post('/', async (c) => {
      const image = needImage(c);
      const wish = { id: image.id, ...wishOf(await readForm(c)) };
      const problem = await attempt(c, () => c.get('node').submit('image.deploy', wish, authorOf(c)));
      return problem === null ? goTo(c, `/images/${image.id}`) : again(c, image, problem);
    })
    .post('/cancel', async (c) => {
      const image = needImage(c);
      const cancel = () => c.get('node').submit('image.cancel_deploy', { id: image.id }, authorOf(c));
      const problem = await attempt(c, cancel);
      return problem === null ? goTo(c, `/images/${image.id}`) : again(c, image, problem);
    });
}

/** What a form asks for; a number that is none is refused by the door, in its words. */
function wishOf(form: Form) {
  const copies = form.text('copies');
  const count = copies === 'all' ? ('all' as const) : copies === 'safe' ? null : Number(form.text('count'));
  const nodes = (name: string) => form.all(name).filter((id) => id !== '');
  return { add: nodes('add'), drop: nodes('drop'), ...(copies === '' ? {} : { copies: count }) };
}

export function ImageCopies({ v, image, version }: { v: View; image: Image; version: ImageVersion }) {
  const words = v.t.copies;
  const mine = mayManageImage(v.actor, image) && image.state === 'ready';
  const rows = copyRows(v.node, version);
  const { done, total } = deploymentOf(v.state, image, v.node.now());
  const floor = floorOf(v.state, version);
  const { operation } = v.state.tables;
  const isRunning = operation
    .by('target', image.id)
    .some((one) => one.kind === 'image.deploy' && one.state === 'running');
  return (
    <section class="card plain" id="where">
      <h2>{words.title}</h2>
      <div class="card-foot stack close">
        <p>
          {done < total
            ? words.onSome(v.f.number(done), v.f.number(total))
            : words.on(done, v.f.number(done))}{' '}
          <span class="soft">{(total < floor ? words.unsafe : words.safe)(floor)}</span>
        </p>
        <p class="small soft">{wishWords(v, image)}</p>
        {mine && isRunning ? (
          <PostButton v={v} action={`/images/${image.id}/deploy/cancel`} icon="stop" kind="small">
            {words.cancel}
          </PostButton>
        ) : null}
      </div>
      <ul class="list">
        {rows.slice(0, MAX_ROWS).map((row) => (
          <Row v={v} image={image} version={version} row={row} mine={mine} />
        ))}
      </ul>
      {rows.length > MAX_ROWS ? (
        <p class="card-foot soft small">{words.more(v.f.number(rows.length - MAX_ROWS))}</p>
      ) : null}
      {mine ? <Wishes v={v} image={image} rows={rows} /> : null}
    </section>
  );
}

function wishWords(v: View, { deploy }: Image): string {
  const words = v.t.copies;
  const { copies, nodeIds } = deploy;
  const names = v.state.tables.node.resolve(nodeIds).map(({ name }) => name);
  const parts = [
    copies === 'all' ? words.wishAll : copies === null ? null : words.wishCount(v.f.number(copies)),
    names.length === 0 ? null : words.wishNamed(v.f.list(names)),
  ].filter((part) => part !== null);
  return parts.length === 0 ? words.wishNone : parts.join(' ');
}

interface RowProps {
  v: View;
  image: Image;
  version: ImageVersion;
  row: CopyRow;
  mine: boolean;
}

function Row({ v, image, version, row, mine }: RowProps) {
  const words = v.t.copies;
  const name = v.state.tables.node.get(row.nodeId)?.name ?? row.nodeId;
  const why = row.failure === null ? null : describe(row.failure.cause.code, row.failure.cause.data, v.lang);
  const { copies, nodeIds } = image.deploy;
  // What keeps the image safe is not for people to stop: the cloud would only choose another PC.
  const isAsked = row.state !== 'leaving' && (copies === 'all' || nodeIds.includes(row.nodeId));
  const parts = words.pieces(v.f.number(row.present), v.f.number(version.chunks));
  return (
    <li id={`copy-${row.nodeId}`}>
      <div class="stack close">
        <span class="state">
          <i class={`dot ${why === null ? TONES[row.state] : 'bad'}`} />
          <span>
            <strong>{name}</strong> <span class="soft">{words.states[row.state]}</span>
          </span>
        </span>
        {row.state === 'coming' && row.present > 0 ? (
          <div class="meter">
            <progress
              max="100"
              value={String(Math.floor((row.present / version.chunks) * 100))}
              aria-label={`${name}: ${parts}`}
            />
            <span class="soft num">{parts}</span>
          </div>
        ) : null}
        {why === null ? null : (
          <p class="small">
            {why.message} <span class="soft">{words.triesAgain}</span>
          </p>
        )}
      </div>
      {mine && (row.state === 'whole' || isAsked) ? (
        <PostButton
          v={v}
          action={`/images/${image.id}/deploy`}
          kind="small"
          label={(row.state === 'whole' ? words.dropOf : words.stopOf)(name)}
          fields={{ drop: row.nodeId }}
        >
          {row.state === 'whole' ? words.drop : words.stop}
        </PostButton>
      ) : null}
    </li>
  );
}

/** Onto which PCs else, and onto how many. */
function Wishes({ v, image, rows }: { v: View; image: Image; rows: readonly CopyRow[] }) {
  const words = v.t.copies;
  const action = `/images/${image.id}/deploy`;
  const known = new Set(rows.map(({ nodeId }) => nodeId));
  const others = v.state.tables.node.all().filter((node) => mayKeep(node) && !known.has(node.id));
  const { copies } = image.deploy;
  return (
    <div class="card-foot stack">
      {others.length === 0 ? null : (
        <form class="filters" method="post" action={action} {...morphing(action)}>
          <Csrf v={v} />
          <Select
            name="add"
            label={words.copyTo}
            value=""
            options={others.map((node) => optionOf(v, node))}
          />
          <button class="button" type="submit">
            <Icon name="add" />
            {words.copy}
          </button>
        </form>
      )}
      <form class="filters" method="post" action={action} {...morphing(action)}>
        <Csrf v={v} />
        <Select
          name="copies"
          label={words.howMany}
          value={copies === 'all' ? 'all' : copies === null ? 'safe' : 'count'}
          options={[
            ['safe', words.optionSafe],
            ['count', words.optionCount],
            ['all', words.optionAll],
          ]}
        />
        <div class="field only-count">
          <label for="count">{words.count}</label>
          <input
            class="input short"
            id="count"
            name="count"
            type="number"
            min="1"
            max="1000"
            value={typeof copies === 'number' ? String(copies) : '2'}
          />
        </div>
        <button class="button" type="submit">
          {words.set}
        </button>
      </form>
    </div>
  );
}

function optionOf(v: View, { id, name, reach }: Node): readonly [string, string] {
  return [id, reach.state === 'up' ? name : v.t.copies.isOff(name)];
}
