/** The cloud's health in one phrase, messages, the person. */
import { currentHealth } from './health.ts';
import { Icon } from './icon.tsx';
import type { View } from './view.ts';

export function TopBar({ v }: { v: View }) {
  return (
    <header class="top">
      <Health v={v} />
      <Bell v={v} />
      <PersonMenu v={v} />
    </header>
  );
}

function Health({ v }: { v: View }) {
  const { tone, phrase } = currentHealth(v);
  const inside = (
    <>
      <i class={`dot ${tone}`} />
      <span>{phrase}</span>
    </>
  );
  if (v.role !== 'admin') {
    return (
      <div class="health" id="health" title={phrase}>
        {inside}
      </div>
    );
  }
  return (
    <a class="health" id="health" href="/nodes" title={phrase}>
      {inside}
    </a>
  );
}

function Bell({ v }: { v: View }) {
  const unread = v.actor === null ? 0 : v.state.tables.notification.countBy('unread', v.actor.id);
  return (
    <a class="top-link bell" id="bell" href="/notifications">
      <Icon name="bell" />
      <span class="words">{v.t.frame.messages}</span>
      {unread === 0 ? null : (
        <>
          <span class="count" aria-hidden="true">
            {unread > 99 ? '99+' : unread}
          </span>
          <span class="vh">{v.t.frame.unread(unread)}</span>
        </>
      )}
    </a>
  );
}

function PersonMenu({ v }: { v: View }) {
  const name = v.actor?.fullName ?? v.t.frame.root;
  return (
    <details class="menu" id="person">
      <summary class="top-link">
        <Icon name="person" />
        <span class="words">{name}</span>
        <span class="vh">{v.t.frame.personMenu}</span>
      </summary>
      <div class="menu-list">
        <div class="who">
          <strong>{name}</strong>
          <span class="small soft">{v.t.roles[v.role]}</span>
        </div>
        <hr />
        <a href="/account">
          <Icon name="key" />
          {v.t.frame.account}
        </a>
        {v.actor === null ? null : (
          <a href="/share">
            <Icon name="nodes" />
            {v.t.mesh.share.menu}
          </a>
        )}
        <form method="post" action="/theme">
          <input type="hidden" name="csrf" value={v.csrf} />
          <input type="hidden" name="back" value={v.url} />
          {(['system', 'light', 'dark'] as const).map((theme) => (
            <button
              type="submit"
              name="theme"
              value={theme}
              aria-pressed={v.theme === theme ? 'true' : 'false'}
            >
              <Icon name={v.theme === theme ? 'check' : 'theme'} />
              {v.t.themes[theme]}
            </button>
          ))}
        </form>
        <hr />
        <form method="post" action="/sign-out">
          <input type="hidden" name="csrf" value={v.csrf} />
          <button type="submit">
            <Icon name="out" />
            {v.t.frame.signOut}
          </button>
        </form>
      </div>
    </details>
  );
}
