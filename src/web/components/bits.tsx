/** Small parts that pages are made of. */
import type { Child } from 'hono/jsx';
import type { Problem } from '../problem.ts';
import { Icon, type IconName } from './icon.tsx';
import type { View } from './view.ts';

/** The page's own title, with a way back and the page's main actions. */
export function Head(props: {
  title: string;
  lead?: string | undefined;
  back?: { href: string; text: string };
  children?: Child;
}) {
  const { title, lead, back, children } = props;
  return (
    <div class="head">
      <div>
        {back ? (
          <a class="crumb" href={back.href}>
            <Icon name="back" />
            {back.text}
          </a>
        ) : null}
        <h1>{title}</h1>
        {lead ? <p class="lead">{lead}</p> : null}
      </div>
      {children ? <div class="row">{children}</div> : null}
    </div>
  );
}

/** What happened and why, what to do, and the code in small print. */
export function Refused({ v, problem }: { v: View; problem: Problem | null }) {
  if (problem === null) return null;
  return (
    <div class="notice bad" role="alert" id="refused" tabindex={-1}>
      <Icon name="alert" />
      <div>
        <strong>{problem.message}</strong>
        <p>{problem.hint}</p>
        <p class="code">{v.t.words.code(problem.code)}</p>
      </div>
    </div>
  );
}

/** An empty page teaches: what this is for, and the one button that begins it. */
export function Empty(props: { icon: IconName; title: string; text: string; children?: Child }) {
  return (
    <div class="empty">
      <Icon name={props.icon} />
      <h2>{props.title}</h2>
      <p>{props.text}</p>
      {props.children}
    </div>
  );
}

export function LinkButton(props: { href: string; icon: IconName; main?: boolean; children?: Child }) {
  return (
    <a class={props.main ? 'button main' : 'button'} href={props.href}>
      <Icon name={props.icon} />
      {props.children}
    </a>
  );
}

/** The hidden field that every form which changes something carries. */
export function Csrf({ v }: { v: View }) {
  return <input type="hidden" name="csrf" value={v.csrf} />;
}

/** A form of one button. With script the page's main part is morphed to what follows; without, the page follows. */
export function PostButton(props: {
  v: View;
  action: string;
  icon?: IconName;
  kind?: string;
  label?: string | undefined;
  fields?: Readonly<Record<string, string>>;
  children?: Child;
}) {
  const { v, action, icon, kind = '', label, fields = {}, children } = props;
  return (
    <form method="post" action={action} class="inline" {...morphing(action)}>
      <Csrf v={v} />
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit" class={`button ${kind}`} aria-label={label}>
        {icon ? <Icon name={icon} /> : null}
        {children}
      </button>
    </form>
  );
}

/** Attributes that make a form swap the page's main part instead of leaving the page. */
export function morphing(action: string) {
  return { 'hx-post': action, 'hx-target': '#main', 'hx-select': '#main', 'hx-swap': 'outerMorph' };
}

/** A labelled text field with its hint. */
export function Field(props: {
  name: string;
  label: string;
  value?: string | undefined;
  hint?: string | undefined;
  type?: string;
  required?: boolean;
  autocomplete?: string;
  maxlength?: number;
  min?: number;
  max?: number;
  step?: string;
  short?: boolean;
  autofocus?: boolean;
  invalid?: boolean;
  placeholder?: string;
}) {
  const { name, label, value, hint, type = 'text', short, invalid, ...rest } = props;
  const hintId = hint ? `${name}-hint` : undefined;
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        class={short ? 'input short' : 'input'}
        id={name}
        name={name}
        type={type}
        value={value}
        aria-describedby={hintId}
        aria-invalid={invalid ? 'true' : undefined}
        {...rest}
      />
      {hint ? (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      ) : null}
    </div>
  );
}

export function Select(props: {
  name: string;
  label: string;
  value: string;
  options: readonly (readonly [value: string, text: string])[];
  hint?: string;
}) {
  const hintId = props.hint ? `${props.name}-hint` : undefined;
  return (
    <div class="field">
      <label for={props.name}>{props.label}</label>
      <select class="input" id={props.name} name={props.name} aria-describedby={hintId}>
        {props.options.map(([value, text]) => (
          <option value={value} selected={value === props.value}>
            {text}
          </option>
        ))}
      </select>
      {props.hint ? (
        <p class="hint" id={hintId}>
          {props.hint}
        </p>
      ) : null}
    </div>
  );
}

/** A bar under its words; `words` say the figures, so the bar adds no knowledge of its own. */
export function Meter(props: { label: string; words: string; share: number }) {
  const share = Math.min(1, Math.max(0, props.share));
  return (
    <div class="meter">
      <div class="row">
        <span class="soft">{props.label}</span>
        <span class="num">{props.words}</span>
      </div>
      <progress
        max="100"
        value={String(Math.round(share * 100))}
        class={share > 0.9 ? 'warn' : undefined}
        aria-label={`${props.label}: ${props.words}`}
      />
    </div>
  );
}

/** A moment, exact for machines and in the pointer's hint. */
export function Time({ v, at }: { v: View; at: number }) {
  return (
    <time datetime={new Date(at).toISOString()} title={v.f.exact(at)}>
      {v.f.time(at)}
    </time>
  );
}

/** Leafing through a long list. */
export function Pager(props: { v: View; total: number; next: string | null; first: boolean }) {
  const { v, total, next, first } = props;
  const to = (after: string | null) => {
    const url = new URL(v.url, 'http://page');
    if (after === null) url.searchParams.delete('after');
    else url.searchParams.set('after', after);
    return url.pathname + url.search;
  };
  if (next === null && first) return null;
  return (
    <nav class="pager" aria-label={v.t.words.older}>
      <span class="small soft">{v.t.words.total(v.f.number(total))}</span>
      <span class="row">
        {first ? null : (
          <a class="button small" href={to(null)}>
            <Icon name="back" />
            {v.t.words.newer}
          </a>
        )}
        {next === null ? null : (
          <a class="button small" href={to(next)}>
            {v.t.words.older}
            <Icon name="next" />
          </a>
        )}
      </span>
    </nav>
  );
}
