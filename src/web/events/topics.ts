/**
 * Topics of the event stream, the contract between server and page.
 *
 * A page opens ONE stream: `GET /events?topics=vms,operations,vm:01J…&drawn=N` (comma-separated, at most 32 topics; N is the number that the
 * page carries: what changed since it was drawn is told first). The server sends
 *     event: <topic exactly as asked for>
 *     data: {"at": <ms since the epoch>}
 * when something behind the topic changed that this person may see, at most ten times a second per topic, and a first
 * `event: ready` once it listens. The page then fetches the fragment anew; events carry no content. When the
 * session ends the stream sends `event: signed-out` and closes; when the node stops, `event: stopping` and closes; when the same
 * session opens a thirteenth stream, the oldest gets `event: replaced` and closes (it must not open itself again unasked). Browsers keep at
 * most six HTTP/1.1 connections to a host: close the stream of a tab that is hidden, open it again and ask anew when it is shown.
 *
 *   vms            any VM the person may use was made, changed or removed
 *   vm:ID          that VM, its operations, and its usage figures (soft: every few seconds while it runs)
 *   images         any image the person may use, its versions, import progress
 *   image:ID       that image, its import progress, copies on their way (soft)
 *   courses        any course of the person, enrolments and linked images
 *   course:ID      that course
 *   operations     any operation the person may see began, moved on (progress) or ended
 *   operation:ID   that operation
 *   transfers      images on their way between PCs (soft)
 *   notifications  the person's own messages
 *   nodes          the PCs: facts and load (soft: every few seconds)
 *   node:ID        that PC
 *   users          accounts (admins)
 *   sizes          the sizes
 *   reservations   any reservation that the person may see
 *   queue          who waits and in which order may have changed: for admins, and for people who wait themselves
 *   settings       settings (admins)
 *   audit          the audit log (admins)
 *   me             the person's own account, role, language and sessions
 */
import { isUlid } from '../../state/index.ts';

const LISTS = [
  'vms',
  'images',
  'courses',
  'operations',
  'transfers',
  'notifications',
  'nodes',
  'users',
  'sizes',
  'reservations',
  'queue',
  'settings',
  'audit',
  'me',
] as const;
const SINGLES = ['vm', 'image', 'course', 'operation', 'node'] as const;

export type ListTopic = (typeof LISTS)[number];
export type SingleTopic = `${(typeof SINGLES)[number]}:${string}`;
export type Topic = ListTopic | SingleTopic;

/** One page shows at most a screen of things; more topics than this is no page of ours. */
export const MAX_TOPICS = 32;

export function isTopic(text: string): text is Topic {
  if (LISTS.some((list) => list === text)) return true;
  const [kind, id, ...rest] = text.split(':');
  return rest.length === 0 && SINGLES.some((single) => single === kind) && id !== undefined && isUlid(id);
}
