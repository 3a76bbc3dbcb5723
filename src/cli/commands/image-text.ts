/** An image in words. */
import { formatBytes, formatTime, stateWord } from '../../texts/index.ts';
import type { ImageRow } from '../answers-images.ts';
import type { Session } from '../session.ts';
import { record } from '../table.ts';
import { copyLines } from './image-deploy.ts';

/** A size for people; empty while nobody knows it. */
export function size(bytes: number | null, session: Session): string {
  return bytes === null ? '' : formatBytes(bytes, session.lang);
}

function editText(session: Session, { edit }: ImageRow): string {
  if (!edit) return 'nobody';
  const where = edit.vm === null ? '' : ` in ${edit.vm.name}`;
  return `${edit.user.name}${where}, theirs alone until ${formatTime(edit.until, session.lang)}`;
}

/** All that is told of one image. */
export function imageText(session: Session, one: ImageRow): string {
  const lines = record([
    ['Image', one.name],
    ['Id', one.id],
    ['State', stateWord(one.state, session.lang)],
    ['Version', String(one.version ?? 'none yet')],
    ['Disk', size(one.sizeBytes, session) || 'not known yet'],
    ['Stored', size(one.storedBytes, session) || 'nothing yet'],
    ['System', one.os],
    ['Owner', one.owner],
    ['Changed by', editText(session, one)],
    ['Shared', one.shared ? 'with every teacher' : 'no'],
    ['Courses', one.courses.map((course) => course.name).join(', ') || 'none'],
    ['VMs', String(one.vms)],
    ['On', one.nodes.length === 0 ? 'no PC' : ''],
  ]);
  return `${lines}${copyLines(session, one).join('')}`;
}
