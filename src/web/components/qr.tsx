/** A text as a QR code, drawn on the server: one path, no script. */
import { encode } from 'uqr';

/** Light squares around the code, without which cameras do not find it: the standard asks for four. */
const QUIET = 4;

/** @param label what a screen reader says instead */
export function Qr({ text, label }: { text: string; label: string }) {
  // The line is long and on a clean screen: fewer, larger squares are read better than more redundant ones.
  const { data, size } = encode(text, { ecc: 'L', border: QUIET });
  return (
    <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`}>
      <path class="qr-ground" d={`M0 0h${size}v${size}H0z`} />
      <path class="qr-ink" d={qrPath(data)} />
    </svg>
  );
}

/** The dark squares as one path, a run of them as one rectangle. */
export function qrPath(rows: readonly (readonly boolean[])[]): string {
  return rows
    .flatMap((row, y) =>
      row.map((dark, x) => {
        if (!dark || row[x - 1] === true) return '';
        const light = row.indexOf(false, x);
        const length = (light === -1 ? row.length : light) - x;
        return `M${x} ${y}h${length}v1h-${length}z`;
      }),
    )
    .join('');
}
