/** The nouns of labmesh, by role. On phones the first four stand at the bottom, the rest behind "More". */
import type { Role } from '../../state/index.ts';
import { Icon, type IconName } from './icon.tsx';
import type { View } from './view.ts';

type Noun =
  | 'labs'
  | 'reservations'
  | 'queue'
  | 'all'
  | 'courses'
  | 'images'
  | 'nodes'
  | 'people'
  | 'operations'
  | 'settings'
  | 'audit'
  | 'help';

const PLACES: Readonly<Record<Noun, { href: string; icon: IconName }>> = {
  labs: { href: '/labs', icon: 'labs' },
  reservations: { href: '/reservations', icon: 'calendar' },
  queue: { href: '/queue', icon: 'queue' },
  all: { href: '/labs/all', icon: 'all' },
  courses: { href: '/courses', icon: 'courses' },
  images: { href: '/images', icon: 'images' },
  nodes: { href: '/nodes', icon: 'nodes' },
  people: { href: '/people', icon: 'people' },
  operations: { href: '/operations', icon: 'operations' },
  settings: { href: '/settings', icon: 'settings' },
  audit: { href: '/audit', icon: 'audit' },
  help: { href: '/help', icon: 'help' },
};

const NOUNS: Readonly<Record<Role, readonly Noun[]>> = {
  student: ['labs', 'reservations', 'courses', 'help', 'operations'],
  teacher: ['labs', 'reservations', 'courses', 'images', 'all', 'operations', 'help'],
  admin: [
    'labs',
    'all',
    'nodes',
    'queue',
    'reservations',
    'images',
    'courses',
    'people',
    'operations',
    'settings',
    'audit',
    'help',
  ],
};

/** A thumb reaches five places; the last of them is "More" when there are more. */
const AT_THE_BOTTOM = 4;

export function Nav({ v }: { v: View }) {
  const nouns = NOUNS[v.role];
  const current = nouns.filter((noun) => isAt(v.path, noun)).at(-1);
  const rest = nouns.slice(AT_THE_BOTTOM);
  return (
    <nav class="side" aria-label={v.t.frame.nav}>
      <ul>
        {nouns.map((noun, n) => (
          <li class={n < AT_THE_BOTTOM ? undefined : 'rest'}>
            <Place v={v} noun={noun} current={current === noun} />
          </li>
        ))}
        {rest.length === 0 ? null : (
          <li class="more-nav">
            <details class="menu up">
              <summary>
                <Icon name="dots" />
                <span>{v.t.frame.more}</span>
              </summary>
              <div class="menu-list">
                {rest.map((noun) => (
                  <Place v={v} noun={noun} current={current === noun} />
                ))}
              </div>
            </details>
          </li>
        )}
      </ul>
    </nav>
  );
}

function Place({ v, noun, current }: { v: View; noun: Noun; current: boolean }) {
  return (
    <a href={PLACES[noun].href} aria-current={current ? 'page' : undefined}>
      <Icon name={PLACES[noun].icon} />
      <span>{v.t.nav[noun]}</span>
    </a>
  );
}

function isAt(path: string, noun: Noun): boolean {
  if (noun === 'labs') return (path.startsWith('/labs') && path !== '/labs/all') || path.startsWith('/vms/');
  return path === PLACES[noun].href || path.startsWith(`${PLACES[noun].href}/`);
}
