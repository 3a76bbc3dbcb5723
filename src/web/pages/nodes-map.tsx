/** The mesh as a graph (N13): PCs by role on a ring, the measured ways between them; the same as a table beside it. */
import { Hono } from 'hono';
import { Empty, Head } from '../components/bits.tsx';
import {
  edgesOf,
  MAP_SIDE,
  type MapEdge,
  type MapNode,
  type Measured,
  type Place,
  ringOf,
  SLOW_BYTES,
} from '../components/map-layout.ts';
import { Page } from '../components/page.tsx';
import { Table } from '../components/table.tsx';
import { type View, viewOf } from '../components/view.ts';
import type { WebEnv } from '../env.ts';
import { roleOf } from './node-state.tsx';
import { show } from './show.ts';

/** With more PCs than this, lines between all of them are a grey disc: only what stands out is drawn. */
const DRAW_ALL_UP_TO = 12;
/** Figures beside lines are readable among so few. */
const FIGURES_UP_TO = 6;
/** Rows of the table; what stands out comes first, and all of it is listed as far as anybody would read. */
const ROWS = 40;
const MOST_ROWS = 200;

export function mapPages(): Hono<WebEnv> {
  return new Hono<WebEnv>().get('/', (c) => show(c, <MeshMap v={viewOf(c)} />));
}

interface Drawn {
  readonly places: readonly Place[];
  readonly edges: readonly MapEdge[];
  readonly nameOf: (id: string) => string;
}

function drawn(v: View): Drawn {
  const nodes = v.state.tables.node.all().filter((one) => one.state !== 'retired');
  const known: MapNode[] = nodes.map((node) => ({
    id: node.id,
    role: roleOf(v, node),
    up: node.reach.state === 'up',
  }));
  const measured: Measured[] = nodes.flatMap(({ id }) =>
    (v.node.peer(id)?.links ?? []).map((link) => ({ ...link, from: id })),
  );
  const names = new Map(nodes.map((node) => [node.id, node.name]));
  return { places: ringOf(known), edges: edgesOf(known, measured), nameOf: (id) => names.get(id) ?? id };
}

function MeshMap({ v }: { v: View }) {
  const words = v.t.mesh.map;
  const map = drawn(v);
  const striking = map.edges.filter((one) => one.finding !== 'ordinary').length;
  return (
    <Page v={v} title={words.title} topics={['nodes']}>
      <Head title={words.title} lead={words.lead} back={{ href: '/nodes', text: words.back }} />
      {map.edges.length === 0 ? (
        <Empty icon="nodes" title={words.nothing} text={words.nothingText} />
      ) : (
        <div class="columns map-columns">
          <figure class="card pad stack">
            <Graph v={v} map={map} />
            <figcaption class="small soft">
              {striking === 0 ? words.allWell : words.standOut(striking)}{' '}
              {map.places.length <= DRAW_ALL_UP_TO ? words.shownAll : words.shownSome}
            </figcaption>
          </figure>
          <Ways v={v} map={map} />
        </div>
      )}
    </Page>
  );
}

function Graph({ v, map }: { v: View; map: Drawn }) {
  const { places, edges, nameOf } = map;
  const many = places.length > DRAW_ALL_UP_TO;
  const at = new Map(places.map((one) => [one.id, one]));
  const master = places.find((one) => one.role === 'master')?.id;
  const shown = edges.filter(
    (one) => !many || one.finding !== 'ordinary' || one.from === master || one.to === master,
  );
  return (
    <svg
      class={many ? 'map many' : 'map'}
      role="img"
      aria-label={v.t.mesh.map.graph(places.length, edges.length)}
      viewBox={`0 0 ${MAP_SIDE} ${MAP_SIDE}`}
    >
      {/* What stands out is drawn last, so that it lies on top. */}
      {[...shown].reverse().map((edge) => (
        <Line
          v={v}
          edge={edge}
          from={at.get(edge.from)}
          to={at.get(edge.to)}
          few={places.length <= FIGURES_UP_TO}
        />
      ))}
      {places.map((place) => (
        <Spot place={place} name={nameOf(place.id)} many={many} words={v.t.mesh.roles[place.role]} />
      ))}
    </svg>
  );
}

function Line(props: {
  v: View;
  edge: MapEdge;
  from: Place | undefined;
  to: Place | undefined;
  few: boolean;
}) {
  const { v, edge, from, to, few } = props;
  if (!from || !to) return null;
  const label = few || edge.finding !== 'ordinary';
  // The figure that makes it slow, where that is the throughput.
  const rate = edge.bytesPerSecond ?? SLOW_BYTES;
  const slowRate = rate < SLOW_BYTES ? v.t.mesh.map.perSecond(v.f.bytes(rate)) : null;
  // A third of the way along: figures of lines that cross in the middle would lie on one another.
  const x = from.x + (to.x - from.x) * 0.36;
  const y = from.y + (to.y - from.y) * 0.36;
  return (
    <g class={`way ${edge.finding}`}>
      <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
      {label ? (
        <text x={x} y={y - 4}>
          {slowRate ?? v.t.mesh.map.ms(v.f.number(edge.rttMs, edge.rttMs < 10 ? 1 : 0))}
        </text>
      ) : null}
    </g>
  );
}

/** A PC: its disc is larger the more it decides; its name stands outside the ring. */
function Spot({ place, name, many, words }: { place: Place; name: string; many: boolean; words: string }) {
  const { x, y, role } = place;
  const radius = (role === 'master' ? 16 : role === 'voter' ? 13 : 10) / (many ? 1.6 : 1);
  const middle = MAP_SIDE / 2;
  const away = radius + 16;
  const length = Math.hypot(x - middle, y - middle) || 1;
  const labelX = x + ((x - middle) / length) * away;
  const labelY = y + ((y - middle) / length) * away + 5;
  const side = x > middle + 20 ? 'start' : x < middle - 20 ? 'end' : 'middle';
  return (
    <g class={`spot ${role}`}>
      <circle cx={x} cy={y} r={radius} />
      <text x={Math.round(labelX)} y={Math.round(labelY)} text-anchor={side}>
        {name}
      </text>
      <title>{`${name}: ${words}`}</title>
    </g>
  );
}

function Ways({ v, map }: { v: View; map: Drawn }) {
  const words = v.t.mesh.map;
  const { edges, nameOf } = map;
  const striking = edges.filter((one) => one.finding !== 'ordinary').length;
  const rows = Math.min(MOST_ROWS, Math.max(ROWS, striking));
  const tones = { ordinary: '', slow: 'warn', oneWay: 'bad' } as const;
  return (
    <section class="stack" aria-label={words.table}>
      <Table heads={[words.from, [words.rtt], [words.rate], words.finding]}>
        {edges.slice(0, rows).map((edge) => (
          <tr id={`way-${edge.from}-${edge.to}`}>
            <td class="nowrap">{words.pair(nameOf(edge.from), nameOf(edge.to))}</td>
            <td class="end num" data-label={words.rtt}>
              {words.ms(v.f.number(edge.rttMs, edge.rttMs < 10 ? 1 : 0))}
            </td>
            <td class="end num" data-label={words.rate}>
              {edge.bytesPerSecond === null
                ? v.t.words.unknown
                : words.perSecond(v.f.bytes(edge.bytesPerSecond))}
            </td>
            <td data-label={words.finding}>
              <span class={`tag wrap ${tones[edge.finding]}`}>
                {edge.finding === 'oneWay'
                  ? words.oneWayOf(nameOf(edge.from), nameOf(edge.to))
                  : words.findings[edge.finding]}
              </span>
            </td>
          </tr>
        ))}
      </Table>
      {edges.length > rows ? <p class="small soft">{words.more(v.f.number(edges.length - rows))}</p> : null}
    </section>
  );
}
