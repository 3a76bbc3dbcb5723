/** What became of an image: its versions, and what was done with it. */
import { type Image, type ImageVersion, mayManageImage, versionsOf } from '../../state/index.ts';
import { Time } from '../components/bits.tsx';
import { authorName, OperationRow } from '../components/operation-row.tsx';
import type { View } from '../components/view.ts';

/** Operations that the page of an image lists. */
const HISTORY = 10;

export function Versions({ v, image }: { v: View; image: Image }) {
  const words = v.t.images;
  const versions = versionsOf(v.state, image.id).toReversed();
  return (
    <section class="card plain" id="versions">
      <h2>{words.versions}</h2>
      {versions.length === 0 ? <p class="card-foot soft">{words.noVersions}</p> : null}
      <ul class="list">
        {versions.map((version) => (
          <OneVersion v={v} image={image} version={version} />
        ))}
      </ul>
    </section>
  );
}

function OneVersion({ v, image, version }: { v: View; image: Image; version: ImageVersion }) {
  const words = v.t.images;
  const { node, vm } = v.state.tables;
  const names = node
    .resolve(version.nodeIds)
    .map((one) => one.name)
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const isCurrent = version.id === image.currentVersionId;
  const labs = vm.countBy('version', version.id);
  const mayUse = mayManageImage(v.actor, image) && image.state === 'ready' && !isCurrent && !version.leaving;
  return (
    <li>
      <div class="stack close">
        <span class="row">
          <strong>{words.version(version.number)}</strong>
          {isCurrent ? <span class="tag good">{v.t.edits.current}</span> : null}
          {version.leaving ? <span class="tag">{v.t.copies.leaving}</span> : null}
        </span>
        <span class="small soft">
          {`${words.kinds[version.kind]}, ${v.f.bytes(version.virtualBytes)} · ${words.stored} ${v.f.bytes(version.storedBytes)}${changesOf(v, version)}`}
        </span>
        <span class="small soft">
          {`${names.length === 0 ? words.nowhere : `${words.whole} ${v.f.list(names)}`} · ${labs === 0 ? v.t.edits.noLabs : v.t.edits.usedBy(words.labs(labs))}`}
        </span>
        <span class="code">{`${version.manifestHash.slice(0, 16)}… · ${words.chunks(v.f.number(version.chunks))}`}</span>
      </div>
      <div class="stack close">
        <span class="small soft">
          {authorName(v, version.authorId)} · <Time v={v} at={version.createdAt} />
        </span>
        {mayUse ? (
          <a class="button small" href={`/images/${image.id}/use/${version.number}`} data-ask>
            {v.t.edits.use}
            <span class="vh"> {words.version(version.number)}</span>
          </a>
        ) : null}
        {mayUse && labs === 0 ? (
          <a class="button small" href={`/images/${image.id}/versions/${version.number}/delete`} data-ask>
            {v.t.copies.deleteVersion}
            <span class="vh"> {words.version(version.number)}</span>
          </a>
        ) : null}
      </div>
    </li>
  );
}

/** By how much it differs from the version that it was made from, where that is one of this image. */
function changesOf(v: View, version: ImageVersion): string {
  const parent = v.state.tables.version.get(version.parentId ?? '');
  if (parent?.imageId !== version.imageId) return '';
  return ` · ${v.t.edits.changes(v.f.bytes(version.newBytes), parent.number)}`;
}

export function ImageHistory({ v, image }: { v: View; image: Image }) {
  const table = v.state.tables.operation;
  const newest = table.resolve(table.idsBy('target', image.id).slice(-HISTORY)).reverse();
  if (newest.length === 0) return <p class="card-foot soft">{v.t.vm.historyEmpty}</p>;
  return (
    <ul class="list">
      {newest.map((operation) => (
        <OperationRow v={v} operation={operation} short />
      ))}
    </ul>
  );
}
