/** How a route of the API is declared: what it takes, who may call it, what it answers. Routing, checks and the OpenAPI document follow from it. */
import * as z from 'zod';
import type { NodeServices } from '../../node/interface.ts';
import type { Actor, Author, CloudState } from '../../state/index.ts';
import type { WebContext } from '../env.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * Who gets as far as the handler: strangers too; everybody signed in; teachers and admins; admins; root on this PC.
 * Which things they may then see and change is for `state/access.ts` and the reducers.
 */
export type Who = 'anyone' | 'person' | 'teacher' | 'admin' | 'local';

/** What a handler works with. */
export interface Call<Q = unknown, B = unknown> {
  readonly c: WebContext;
  readonly node: NodeServices;
  readonly state: CloudState;
  /** @throws LabmeshError `access.signed_out` where strangers are let in and one asks */
  readonly actor: Actor;
  /** @throws LabmeshError `access.signed_out` */
  readonly author: Author;
  /** The idempotency key of the request for a command type, as options of `submit`. */
  once(type: string): { key?: string };
  param(name: string): string;
  readonly query: Q;
  readonly body: B;
}

interface Spec<Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType> {
  readonly method: Method;
  /** Below /api/v1, parameters in braces. */
  readonly path: string;
  readonly summary: string;
  readonly who: Who;
  readonly query?: Q;
  /** JSON that it takes. */
  readonly body?: B;
  /** Takes this media type instead of JSON; the handler reads it from `c.req`. */
  readonly takes?: string;
  /** The JSON it answers; left out, see `gives`. */
  readonly answer?: A;
  /** Answers this media type instead of JSON. */
  readonly gives?: string;
  /** Default 200; 202 where the work goes on as an operation; 204 without content. */
  readonly status?: 200 | 201 | 202 | 204;
  /** Largest body. Default 256 KiB: the largest JSON is a course's list of thousands of students. */
  readonly maxBytes?: number;
  /** Default 30. */
  readonly maxSeconds?: number;
  run(call: Call<z.output<Q>, z.output<B>>): Promise<z.input<A> | Response> | z.input<A> | Response;
}

export interface ApiRoute {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly who: Who;
  readonly query: z.ZodType | null;
  readonly body: z.ZodType | null;
  readonly takes: string | null;
  readonly answer: z.ZodType | null;
  readonly gives: string | null;
  readonly status: 200 | 201 | 202 | 204;
  readonly maxBytes: number;
  readonly maxSeconds: number;
  /** Query and body have passed the schemas. */
  run(call: Call): Promise<unknown> | unknown;
}

const MAX_JSON = 256 * 1024;
const MAX_SECONDS = 30;

/** Declares a route; the types of query, body and answer follow from their schemas. */
export function route<
  Q extends z.ZodType = z.ZodUnknown,
  B extends z.ZodType = z.ZodUnknown,
  A extends z.ZodType = z.ZodUnknown,
>(spec: Spec<Q, B, A>): ApiRoute {
  return {
    ...spec,
    query: spec.query ?? null,
    body: spec.body ?? null,
    takes: spec.takes ?? null,
    answer: spec.answer ?? null,
    gives: spec.gives ?? null,
    status: spec.status ?? (spec.answer || spec.gives ? 200 : 204),
    maxBytes: spec.maxBytes ?? MAX_JSON,
    maxSeconds: spec.maxSeconds ?? MAX_SECONDS,
    // The handler's types are those of the schemas that its query and body have just passed.
    run: (call) => spec.run(call as Call<z.output<Q>, z.output<B>>),
  };
}

/** Fields of a paged list. */
export const pageFields = {
  /** Items on the page. */
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** `next` of the page before. */
  after: z.string().max(64).optional(),
  order: z.enum(['newest', 'oldest']).default('newest'),
};

/** A page of a list. */
export function pageOfSchema<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable().describe('`after` of the next page; null on the last one'),
    total: z.number().describe('how many items the whole list has'),
  });
}

/** A number, or text that should be one: what is none is refused in the same words from form, command line and script. */
export const amountField = z.union([z.number(), z.string().max(64)]);

/** A name, an id, or the unambiguous beginning of an id. */
export const nameOrId = z.string().trim().min(1).max(64);
