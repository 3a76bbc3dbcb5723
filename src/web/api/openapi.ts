/** The OpenAPI 3.1 document, made from the table: what it says is what is checked. */
import * as z from 'zod';
import type { ApiRoute, Who } from './route.ts';
import { problemSchema } from './schemas.ts';

const WHO: Readonly<Record<Who, string>> = {
  anyone: 'For everybody.',
  person: 'For everybody signed in; shows and changes only what is theirs.',
  teacher: 'For teachers and admins.',
  admin: 'For admins.',
  local: 'For root on this PC, through the control socket.',
};

/** @param version of labmesh */
export function openApiDocument(table: readonly ApiRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const one of table) {
    const path = `/api/v1${one.path}`;
    paths[path] = { ...paths[path], [one.method.toLowerCase()]: operationOf(one) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'labmesh',
      version,
      description:
        'The commands of the cloud as JSON. Things are named by name, id, or the unambiguous beginning of an id. Times are ms since the epoch. ' +
        'A change with the header `Idempotency-Key` is carried out once. Work that goes on is an operation: wait for it with `GET /operations/{id}?wait=30`.',
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: '__Host-labmesh' },
      },
      schemas: { Problem: schemaOf(problemSchema, 'output') },
    },
  };
}

function operationOf(one: ApiRoute): object {
  const problem = {
    description: 'What happened, why, and what to do',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  return {
    operationId: operationId(one),
    summary: one.summary,
    description: WHO[one.who],
    ...(one.who === 'anyone' ? { security: [] } : {}),
    parameters: [...pathParameters(one), ...queryParameters(one)],
    ...(one.body
      ? { requestBody: { content: { 'application/json': { schema: schemaOf(one.body, 'input') } } } }
      : {}),
    ...(one.takes ? { requestBody: { required: true, content: { [one.takes]: {} } } } : {}),
    responses: { [one.status]: answerOf(one), default: problem },
  };
}

function answerOf(one: ApiRoute): object {
  if (one.answer) {
    return {
      description: 'Done',
      content: { 'application/json': { schema: schemaOf(one.answer, 'output') } },
    };
  }
  return { description: 'Done', ...(one.gives ? { content: { [one.gives]: {} } } : {}) };
}

function pathParameters(one: ApiRoute): object[] {
  return [...one.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters(one: ApiRoute): object[] {
  if (!one.query) return [];
  const { properties = {}, required = [] } = schemaOf(one.query, 'input') as {
    properties?: Record<string, object>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function operationId({ method, path }: ApiRoute): string {
  const words = path.replace(/[{}]/g, '').split(/[/.]/).filter(Boolean);
  return [method.toLowerCase(), ...words].join('_');
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
