/**
 * What other nodes may ask of this one at its bulk door. Who may see what was decided by the node that serves the page: a member is
 * trusted with that. Here it is checked that the thing is here, so that nothing is passed on in a circle, and everything is bounded.
 */
import { isUlid, LabmeshError } from '../../state/index.ts';
import type { ConsoleStream } from '../interface.ts';
import { boundedJson } from './bounded.ts';
import { AcrossError } from './errors.ts';
import { importSchema, MAX_LOG_BYTES, MAX_SMALL_JSON, spanSchema } from './forms.ts';
import type { BulkDoor } from './link.ts';
import type { LocalParts } from './local.ts';
import { placeOf, vmName } from './place.ts';

/** Also when nobody takes part in a mesh yet: it only names handlers. */
export function serveAcross(door: BulkDoor, local: LocalParts): void {
  door.serve('vm', (request) => answerAboutVm(local, request));
  door.serve('uploads', (request, { from }) => answerAboutUpload(local, request, from));
  door.serveSockets('console', async ({ pathname }, socket) => {
    const vmId = pathname.split('/')[2] ?? '';
    needHere(local, vmId);
    join(await local.openConsole(vmId), socket);
  });
}

/** Each at the other's pace; one's end is the other's. */
function join(one: ConsoleStream, other: ConsoleStream): void {
  one.onEnd(() => other.end());
  other.onEnd(() => one.end());
  one.onData((bytes) => other.write(bytes));
  other.onData((bytes) => one.write(bytes));
}

async function answerAboutVm(local: LocalParts, request: Request): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [, , id = '', what, part] = pathname.split('/');
  if (request.method !== 'GET') return new Response(null, { status: 405 });
  needHere(local, id);
  switch (what) {
    case 'serial': {
      const asked = Number(searchParams.get('bytes'));
      const bytes = Number.isSafeInteger(asked) ? Math.min(Math.max(asked, 1), MAX_LOG_BYTES) : MAX_LOG_BYTES;
      return Response.json(await local.serialLog(id, bytes));
    }
    case 'screenshot': {
      const picture = await local.screenshot(id);
      if (picture === null) return new Response(null, { status: 204 });
      return new Response(Uint8Array.from(picture), { headers: { 'content-type': 'image/png' } });
    }
    case 'usage': {
      const span = spanSchema.safeParse(part);
      if (span.success) return Response.json(await local.usage(id, span.data));
    }
  }
  return new Response(null, { status: 404 });
}

async function answerAboutUpload(local: LocalParts, request: Request, from: string): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const [, , id = '', action] = pathname.split('/');
  const { uploads } = local;
  if (!isUlid(id)) throw new LabmeshError('not_found', { kind: 'upload', id: id.slice(0, 80) });
  const owner = searchParams.get('owner');
  if (action === 'import' && request.method === 'POST') {
    const asked = importSchema.safeParse(await boundedJson(request, MAX_SMALL_JSON));
    if (!asked.success) throw new LabmeshError('payload.invalid', { field: 'import', problem: 'malformed' });
    const { request: wanted, author } = asked.data;
    const by = author.kind === 'local' ? { kind: 'local' as const, nodeId: from } : author;
    return Response.json(await local.importImage({ ...wanted, source: { uploadId: id } }, by));
  }
  switch (request.method) {
    case 'GET':
      return Response.json(await uploads.status(id, owner));
    case 'DELETE':
      await uploads.discard(id, owner);
      return new Response(null, { status: 204 });
    case 'PUT': {
      const offset = Number(searchParams.get('offset'));
      const bytes = request.body ?? new Blob([]).stream();
      return Response.json(await uploads.append(id, owner, offset, bytes));
    }
    default:
      return new Response(null, { status: 405 });
  }
}

/** The node itself, or a VM that the log places here. */
function needHere({ state, nodeId }: LocalParts, id: string): void {
  if (id !== nodeId && placeOf(state, id) !== nodeId)
    throw new AcrossError('across.not_here', { name: vmName(state, id) });
}
