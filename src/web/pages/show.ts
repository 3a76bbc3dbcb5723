/** From what a page draws to a response, and from a form to its fields. */
import { html } from 'hono/html';
import type { Child } from 'hono/jsx';
import { LabmeshError } from '../../state/index.ts';
import type { WebContext } from '../env.ts';
import { compressedPage } from '../middleware/index.ts';
import { type Problem, type ProblemStatus, problemOf } from '../problem.ts';

/** A page as a response. A refused form comes back with its problem's status and what was typed. */
export async function show(c: WebContext, page: Child, status: 200 | ProblemStatus = 200): Promise<Response> {
  return compressedPage(c, String(await html`<!doctype html>${page}`), status);
}

/** After a form has done its work: the page that shows it. `done` is a key of the texts' `done`. */
export function goTo(c: WebContext, path: string, done?: string): Response {
  if (done === undefined) return c.redirect(path, 303);
  return c.redirect(`${path}${path.includes('?') ? '&' : '?'}done=${done}`, 303);
}

/** Only paths of this very site may be gone back to. */
export function safeBack(path: string | undefined, otherwise = '/'): string {
  return path !== undefined && /^\/(?![/\\])[^\s\\]*$/.test(path) ? path : otherwise;
}

/** The fields of a form that was sent, each a bounded text. */
export class Form {
  readonly #fields: FormData;

  constructor(fields: FormData) {
    this.#fields = fields;
  }

  /** The field's text, or '' where it was not sent. */
  text(name: string): string {
    const value = this.#fields.get(name);
    return typeof value === 'string' ? value : '';
  }

  /** What was typed, or, where the form was not sent, what is kept. */
  typed(name: string, kept: string): string {
    return this.has(name) ? this.text(name) : kept;
  }

  /** True for a box that was ticked. */
  flag(name: string): boolean {
    return this.#fields.has(name);
  }

  /** Every value of a field that may be sent several times. */
  all(name: string): string[] {
    return this.#fields.getAll(name).filter((value) => typeof value === 'string');
  }

  /** The same with some fields otherwise. */
  with(fields: Readonly<Record<string, string>>): Form {
    const changed = new FormData();
    this.#fields.forEach((value, name) => {
      changed.append(name, value);
    });
    for (const [name, value] of Object.entries(fields)) changed.set(name, value);
    return new Form(changed);
  }

  file(name: string): File | null {
    const value = this.#fields.get(name);
    return value instanceof File && value.size > 0 ? value : null;
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }
}

export const emptyForm = new Form(new FormData());

export async function readForm(c: WebContext): Promise<Form> {
  return new Form(await c.req.formData());
}

/** What the whole page must say, not a form: who one is, what does not exist, what broke. */
const BEYOND_FORMS: ReadonlySet<string> = new Set([
  'access.signed_out',
  'access.denied',
  'not_found',
  'access.must_change_password',
]);

/**
 * Tries what a form asks for; a refusal comes back as what to say beside the form.
 * @throws what is not a refusal, and refusals that concern the whole page
 */
export async function attempt(c: WebContext, work: () => Promise<unknown>): Promise<Problem | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (!(error instanceof LabmeshError) || BEYOND_FORMS.has(error.code)) throw error;
    return problemOf(error, c.get('lang'), c.get('requestId'));
  }
}
