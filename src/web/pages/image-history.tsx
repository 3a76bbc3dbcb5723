/** What became of an image: its versions, and what was done with it. */
import { type Image, versionsOf } from '../../state/index.ts';
import { Time } from '../components/bits.tsx';
import { authorName, OperationRow } from '../components/operation-row.tsx';
import type { View } from '../components/view.ts';

/** Operations that the page of an image lists. */
const HISTORY = 10;

export function Versions({ v, image }: { v: View; image: Image }) {
  const words = v.t.images;
  const versions = versionsOf(v.state, image.id).toReversed();
  const { node } = v.state.tables;
  return (
    <section class="card plain">
      <h2>{words.versions}</h2>
      {versions.length === 0 ? <p class="card-foot soft">{words.noVersions}</p> : null}
      <ul class="list">
        {versions.map((version) => {
          const names = node.resolve(version.nodeIds).map((one) => one.name);
          return (
            <li>
              <div class="stack close">
                <strong>{words.version(version.number)}</strong>
                <span class="small soft">
                  {`${words.kinds[version.kind]}, ${v.f.bytes(version.virtualBytes)} · ${words.stored} ${v.f.bytes(version.storedBytes)} · ${words.chunks(v.f.number(version.chunks))}`}
                </span>
                <span class="small soft">
                  {names.length === 0 ? words.nowhere : `${words.whole} ${v.f.list(names)}`}
                </span>
                <span class="code">{version.manifestHash.slice(0, 16)}…</span>
              </div>
              <span class="small soft">
                {authorName(v, version.authorId)} · <Time v={v} at={version.createdAt} />
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
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
