/** One VM: state with cause, screen, log, charts, details, what happened. */
import { Hono } from 'hono';
import type { UsagePoint, UsageSpan } from '../../node/interface.ts';
import { hasConsole, LabmeshError, type Vm } from '../../state/index.ts';
import { Head, Time } from '../components/bits.tsx';
import { Icon } from '../components/icon.tsx';
import { OperationRow } from '../components/operation-row.tsx';
import { Page } from '../components/page.tsx';
import { Usage } from '../components/usage.tsx';
import { type View, viewOf } from '../components/view.ts';
import { MainButton, Screen, TimeLeft, VmMenu, VmStateLine } from '../components/vm-parts.tsx';
import type { WebEnv } from '../env.ts';
import { consoleAddresses, consolePage } from './console.tsx';
import { needVm } from './need.ts';
import { show } from './show.ts';
import { spanOf } from './span.ts';
import { couldNot, vmActPages } from './vm-acts.tsx';
import { VmPublish, vmPublishPages } from './vm-publish.tsx';
import { whyPage } from './vm-why.tsx';
import { SavedWorkCard, vmWorkPages } from './vm-work.tsx';

/** The end of the serial log that a page shows: some screens of boot messages. */
const LOG_BYTES = 64 * 1024;
/** What happened to a VM lately; the whole list is under Operations. */
const HISTORY = 12;

export function vmPages(): Hono<WebEnv> {
  return new Hono<WebEnv>()
    .get('/:id', async (c) => {
      const v = viewOf(c);
      const vm = needVm(c);
      const span = spanOf(c);
      const table = c.req.query('table') !== undefined;
      // The charts fetch their points themselves; the table stands in the page.
      const points = table ? await v.node.usage(vm.id, span) : null;
      return show(c, <VmPage v={v} vm={vm} span={span} points={points} />);
    })
    .get('/:id/log', async (c) => {
      const { text } = await c.get('node').serialLog(needVm(c).id, LOG_BYTES);
      c.header('cache-control', 'no-store');
      return c.text(text);
    })
    .get('/:id/screen.png', async (c) => {
      const vm = needVm(c);
      const png = await c.get('node').screenshot(vm.id);
      if (png === null) throw new LabmeshError('not_found', { kind: 'vm', id: vm.id });
      c.header('cache-control', 'no-store');
      return c.body(new Uint8Array(png), 200, { 'content-type': 'image/png' });
    })
    .get('/:id/console', consolePage)
    .get('/:id/why', whyPage)
    .route('/', vmWorkPages(couldNot))
    .route('/', vmPublishPages())
    .route('/', vmActPages());
}

interface VmPageProps {
  v: View;
  vm: Vm;
  span: UsageSpan;
  points: readonly UsagePoint[] | null;
}

function VmPage({ v, vm, span, points }: VmPageProps) {
  return (
    <Page v={v} title={vm.name} topics={[`vm:${vm.id}`, 'sizes', 'queue', 'nodes']} scripts={['vm.js']}>
      <Head title={vm.name} back={{ href: '/labs', text: v.t.labs.title }}>
        <MainButton v={v} vm={vm} />
        <VmMenu v={v} vm={vm} />
      </Head>
      <div class="card pad stack">
        <VmStateLine v={v} vm={vm} />
        <p class="small">
          <a href={`/vms/${vm.id}/why`}>{v.t.plan.queued.why}</a>
        </p>
        <TimeLeft v={v} vm={vm} />
        <VmPublish v={v} vm={vm} />
      </div>
      <div class="columns">
        <div class="stack">
          <ConsoleBox v={v} vm={vm} />
          <Log v={v} vm={vm} />
        </div>
        <div class="stack">
          <SavedWorkCard v={v} vm={vm} />
          <Details v={v} vm={vm} />
          <History v={v} vm={vm} />
        </div>
      </div>
      <Usage
        v={v}
        subjectId={vm.id}
        data={`/api/v1/vms/${vm.id}/usage`}
        span={span}
        points={points}
        network
      />
    </Page>
  );
}

/** The screen in the page: a picture until somebody asks for the real thing. */
function ConsoleBox({ v, vm }: { v: View; vm: Vm }) {
  const words = v.t.vm;
  if (!hasConsole(vm)) {
    return (
      <section class="stack tight" aria-label={words.screen} id="console-off">
        <Screen v={v} vm={vm} large />
        <p class="small soft">{words.consoleOff}</p>
      </section>
    );
  }
  return (
    <section class="stack tight" aria-label={words.screen} id="console-on">
      <div
        class="console"
        data-embed={vm.id}
        data-name={vm.name}
        hx-morph-skip
        id={`console-${vm.id}`}
        {...consoleAddresses(v)}
      >
        <img
          class="still-image"
          src={`/vms/${vm.id}/screen.png`}
          data-screen={`/vms/${vm.id}/screen.png`}
          alt={v.t.labs.screenOf(vm.name)}
          width="640"
          height="400"
        />
        <div class="view" data-view />
        <div class="cover" data-cover>
          <button class="button main" type="button" data-connect>
            <Icon name="eye" />
            {words.connect}
          </button>
          <span data-status role="status" hidden />
        </div>
      </div>
      <div class="row spread">
        <p class="small soft">{words.keyboardHint}</p>
        <a class="button small" href={`/vms/${vm.id}/console`} target="_blank" rel="noopener">
          <Icon name="open" />
          {v.t.act.openTab}
        </a>
      </div>
    </section>
  );
}

function Log({ v, vm }: { v: View; vm: Vm }) {
  return (
    <details class="card" id="log" hx-morph-skip data-log={`/vms/${vm.id}/log`}>
      <summary class="card-head">
        <Icon name="next" />
        <strong>{v.t.vm.log}</strong>
        <span class="small soft">{v.t.vm.logHint}</span>
      </summary>
      <pre class="log" role="log" tabindex={0} aria-label={v.t.vm.log} data-empty={v.t.vm.logEmpty} />
      <noscript>
        <p class="card-foot">
          <a href={`/vms/${vm.id}/log`}>{v.t.vm.logShow}</a>
        </p>
      </noscript>
    </details>
  );
}

function Details({ v, vm }: { v: View; vm: Vm }) {
  const { image, size, user, node, version, course } = v.state.tables;
  const words = v.t.vm;
  const number = version.get(vm.versionId)?.number;
  const where = node.get(vm.placement?.nodeId ?? '')?.name;
  const home = node.get(vm.homeNodeId ?? '')?.name;
  const sizeWords = v.t.start.sizeHint(vm.vcpus, v.f.mib(vm.ramMiB), v.f.gib(vm.osDiskGiB));
  return (
    <section class="card pad stack">
      <h2>{words.details}</h2>
      <dl class="facts">
        <dt>{words.image}</dt>
        <dd>
          {image.get(vm.imageId)?.name ?? v.t.words.gone}
          {number === undefined ? '' : `, ${words.version(number)}`}
        </dd>
        <dt>{words.size}</dt>
        <dd>
          {size.get(vm.sizeId)?.name ?? ''} <span class="soft">({sizeWords})</span>
        </dd>
        <dt>{words.work}</dt>
        <dd>{vm.persistent ? v.t.labs.keeps : v.t.labs.clean}</dd>
        {vm.ownerId === v.actor?.id ? null : (
          <>
            <dt>{words.person}</dt>
            <dd>{user.get(vm.ownerId)?.fullName ?? v.t.words.gone}</dd>
          </>
        )}
        {vm.courseId === null ? null : (
          <>
            <dt>{words.course}</dt>
            <dd>{course.get(vm.courseId)?.name ?? v.t.words.gone}</dd>
          </>
        )}
        <dt>{words.address}</dt>
        <dd class="num">{vm.observed.ip ?? words.noAddress}</dd>
        <dt>{words.runsOn}</dt>
        <dd>{where ?? '–'}</dd>
        {home === undefined || home === where ? null : (
          <>
            <dt>{words.diskOn}</dt>
            <dd>{home}</dd>
          </>
        )}
        {vm.leaseEndsAt === null ? null : (
          <>
            <dt>{words.leaseEnds}</dt>
            <dd>
              <Time v={v} at={vm.leaseEndsAt} />
            </dd>
          </>
        )}
        <dt>{words.created}</dt>
        <dd>
          <Time v={v} at={vm.createdAt} />
        </dd>
        {vm.sshKeys.length === 0 ? null : (
          <>
            <dt>{words.keys}</dt>
            <dd>{v.f.number(vm.sshKeys.length)}</dd>
          </>
        )}
      </dl>
      <p class="code">{`${vm.id} · ${words.epoch(vm.epoch)}`}</p>
    </section>
  );
}

function History({ v, vm }: { v: View; vm: Vm }) {
  const table = v.state.tables.operation;
  const newest = table.resolve(table.idsBy('target', vm.id).slice(-HISTORY)).reverse();
  return (
    <section class="card plain">
      <h2>{v.t.vm.history}</h2>
      {newest.length === 0 ? (
        <p class="card-foot soft">{v.t.vm.historyEmpty}</p>
      ) : (
        <ul class="list">
          {newest.map((operation) => (
            <OperationRow v={v} operation={operation} short />
          ))}
        </ul>
      )}
    </section>
  );
}
