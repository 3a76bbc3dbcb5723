/** Use over time, as charts (drawn by charts.js once they come into view) or as a table. */
import type { UsagePoint, UsageSpan } from '../../node/interface.ts';
import { asset } from './asset.ts';
import type { View } from './view.ts';

/** Rows of the table: more is what the charts are for. */
const ROWS = 24;

interface UsageProps {
  v: View;
  subjectId: string;
  /** Where the points are to be had as JSON. */
  data: string;
  span: UsageSpan;
  /** Set: the table instead of the charts. */
  points: readonly UsagePoint[] | null;
  /** True where disk and network are measured too. */
  network?: boolean;
}

export function Usage({ v, subjectId, data, span, points, network = false }: UsageProps) {
  const words = v.t.chart;
  const link = (to: string, table: boolean) => `${v.path}?span=${to}${table ? '&table' : ''}#usage`;
  return (
    <section class="card" id="usage">
      <div class="card-head">
        <h2>{v.t.vm.usage}</h2>
        <div class="row">
          <nav class="tabs" aria-label={words.span}>
            {Object.entries(words.spans).map(([key, name]) => (
              <a href={link(key, points !== null)} aria-current={key === span ? 'true' : undefined}>
                {name}
              </a>
            ))}
          </nav>
          <nav class="tabs" aria-label={v.t.vm.usage}>
            <a href={link(span, false)} aria-current={points === null ? 'true' : undefined}>
              {words.charts}
            </a>
            <a href={link(span, true)} aria-current={points === null ? undefined : 'true'}>
              {v.t.vm.asTable}
            </a>
          </nav>
        </div>
      </div>
      {points === null ? (
        <div
          id={`charts-${subjectId}-${span}`}
          class="charts"
          hx-morph-skip
          data-charts={`${data}?span=${span}`}
          data-module={asset('charts.js')}
          data-uplot={asset('vendor/uplot.min.js')}
          data-uplot-css={asset('vendor/uplot.min.css')}
          data-words={JSON.stringify(words)}
          data-span={span}
        >
          {(network ? (['cpu', 'ram', 'disk', 'net'] as const) : (['cpu', 'ram'] as const)).map((one) => (
            <div class="chart" data-chart={one}>
              <h3>{words[one]}</h3>
            </div>
          ))}
        </div>
      ) : (
        <UsageTable v={v} points={points} span={span} network={network} />
      )}
    </section>
  );
}

function UsageTable(props: { v: View; points: readonly UsagePoint[]; span: UsageSpan; network: boolean }) {
  const { v, points, network } = props;
  const words = v.t.chart;
  const step = Math.max(1, Math.ceil(points.length / ROWS));
  const rows = points.filter((_, n) => n % step === 0).reverse();
  const bytes = (value: number | null) => (value === null ? '–' : v.f.bytes(value));
  if (rows.length === 0) return <p class="card-foot soft">{words.empty}</p>;
  return (
    <table class="table cards">
      <thead>
        <tr>
          <th>{words.time}</th>
          <th class="end">{words.cores}</th>
          <th class="end">{words.ram}</th>
          {network ? (
            <>
              <th class="end">{words.read}</th>
              <th class="end">{words.write}</th>
              <th class="end">{words.received}</th>
              <th class="end">{words.sent}</th>
            </>
          ) : null}
        </tr>
      </thead>
      <tbody class="num">
        {rows.map((point) => (
          <tr>
            <td>{v.f.time(point.t)}</td>
            <td class="end" data-label={words.cores}>
              {point.cpu === null ? '–' : v.f.number(point.cpu, 2)}
            </td>
            <td class="end" data-label={words.ram}>
              {point.ramMiB === null ? '–' : v.f.mib(point.ramMiB)}
            </td>
            {network ? (
              <>
                <td class="end" data-label={words.read}>
                  {bytes(point.diskReadBytes)}
                </td>
                <td class="end" data-label={words.write}>
                  {bytes(point.diskWriteBytes)}
                </td>
                <td class="end" data-label={words.received}>
                  {bytes(point.netRxBytes)}
                </td>
                <td class="end" data-label={words.sent}>
                  {bytes(point.netTxBytes)}
                </td>
              </>
            ) : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
