/** Copies of an image on their way to PCs: how far, how fast, from whom (I11). */
import type { NodeTransfer } from '../../node/interface.ts';
import { type Image, mayUseImage } from '../../state/index.ts';
import { Meter } from '../components/bits.tsx';
import type { View } from '../components/view.ts';
import { transfersOf } from '../transfers.ts';

/** A class fills one screen. */
const SHOWN = 40;

export function ImageTransfers({ v, image }: { v: View; image: Image }) {
  return <Transfers v={v} running={transfersOf(v.node, (id) => id === image.id)} />;
}

/** Of all images that the person may use. */
export function AllTransfers({ v }: { v: View }) {
  const sees = (id: string) => {
    const image = v.state.tables.image.get(id);
    return image !== undefined && mayUseImage(v.state, v.actor, image);
  };
  return <Transfers v={v} running={transfersOf(v.node, sees)} named />;
}

function Transfers({ v, running, named }: { v: View; running: readonly NodeTransfer[]; named?: boolean }) {
  if (running.length === 0) return null;
  return (
    <section class="card pad stack" id="transfers">
      <h2>{v.t.transfers.title}</h2>
      {running.slice(0, SHOWN).map((one) => (
        <Transfer v={v} transfer={one} image={named ? imageOf(v, one) : ''} />
      ))}
      {running.length > SHOWN ? (
        <p class="small soft">{v.t.transfers.more(v.f.number(running.length - SHOWN))}</p>
      ) : null}
    </section>
  );
}

function Transfer({ v, transfer, image }: { v: View; transfer: NodeTransfer; image: string }) {
  const words = v.t.transfers;
  const { done, total, from } = transfer;
  const senders = from.filter(({ bytes, state }) => bytes > 0 || state === 'lied' || state === 'failing');
  return (
    <div class="stack close" id={`transfer-${transfer.nodeId}-${transfer.versionId}`}>
      <Meter
        label={`${image}${labelOf(v, transfer)}`}
        words={amountOf(v, transfer)}
        share={total === 0 ? 0 : done / total}
      />
      {senders.length === 0 ? null : (
        <p class="small soft">
          {words.from} {senders.map((one) => senderOf(v, one)).join(', ')}
        </p>
      )}
    </div>
  );
}

function labelOf(v: View, { nodeId, versionId }: NodeTransfer): string {
  const version = v.state.tables.version.get(versionId);
  const node = nameOf(v, nodeId);
  if (version?.kind === 'work') return v.t.transfers.work(node);
  return v.t.transfers.to(node, v.f.number(version?.number ?? 0));
}

function amountOf(v: View, { done, total, rate, etaMs }: NodeTransfer): string {
  const words = v.t.transfers;
  if (total === 0) return words.begins;
  const parts = [words.amount(v.f.bytes(done), v.f.bytes(total))];
  if (rate !== null) parts.push(words.rate(v.f.bytes(rate)));
  if (etaMs !== null) parts.push(words.left(v.f.duration(etaMs)));
  return parts.join(', ');
}

function senderOf(v: View, { nodeId, bytes, state }: NodeTransfer['from'][number]): string {
  const words = v.t.transfers;
  const said = words.sender(nameOf(v, nodeId), v.f.bytes(bytes));
  return state === 'lied' || state === 'failing' ? `${said} (${words[state]})` : said;
}

function imageOf(v: View, { versionId }: NodeTransfer): string {
  const imageId = v.state.tables.version.get(versionId)?.imageId ?? '';
  return `${v.state.tables.image.get(imageId)?.name ?? ''}: `;
}

const nameOf = (v: View, nodeId: string): string => v.state.tables.node.get(nodeId)?.name ?? nodeId;
