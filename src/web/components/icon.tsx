/** The own icons, drawn from one sprite file. They never stand without words, so screen readers skip them. */
import { asset } from './asset.ts';

export type IconName =
  | 'add'
  | 'alert'
  | 'all'
  | 'audit'
  | 'back'
  | 'bell'
  | 'camera'
  | 'check'
  | 'clipboard'
  | 'clock'
  | 'courses'
  | 'dots'
  | 'download'
  | 'eye'
  | 'help'
  | 'images'
  | 'info'
  | 'key'
  | 'keyboard'
  | 'labs'
  | 'next'
  | 'nodes'
  | 'open'
  | 'operations'
  | 'out'
  | 'pause'
  | 'people'
  | 'person'
  | 'play'
  | 'power'
  | 'rename'
  | 'calendar'
  | 'queue'
  | 'restart'
  | 'screen'
  | 'search'
  | 'settings'
  | 'stop'
  | 'theme'
  | 'trash'
  | 'upload';

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" aria-hidden="true" viewBox="0 0 24 24">
      <use href={`${asset('icons.svg')}#${name}`} />
    </svg>
  );
}

/** Three PCs and what joins them. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <path class="mark-line" d="M16 7.500L6.500 24h19z" />
      <circle class="mark-dot" cx="16" cy="7.500" r="4" />
      <circle class="mark-dot" cx="6.500" cy="24" r="4" />
      <circle class="mark-dot" cx="25.500" cy="24" r="4" />
    </svg>
  );
}
