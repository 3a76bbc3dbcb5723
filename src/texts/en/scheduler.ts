/** Why a request has its claim, and why a PC was taken or left out. Points stand beside the sentence. */

import { formatNumber } from '../format.ts';
import type { SchedulerReasons } from '../scheduler.ts';
import type { Catalogue } from '../sentence.ts';
import { word } from '../word.ts';
import { number } from './figures.ts';

const gb = (mib: number) => `${formatNumber(mib / 1024, 'en')} GB`;
const labs = (n: number) => (n === 1 ? '1 lab' : `${number(n)} labs`);
const POINTS = 'An administrator sets these points under Settings.';
const WEIGHTS = 'An administrator sets what counts, and how much, under Settings.';
const WAIT = 'It starts by itself as soon as there is room.';

const KINDS = {
  exam: 'It is for an exam.',
  class: 'It is for a reserved class.',
  personal: 'It was reserved by a person.',
  interactive: 'Somebody works in it.',
  batch: 'It works by itself; people go first.',
};
const ROLES = {
  student: 'A student asked for it.',
  teacher: 'A teacher asked for it.',
  admin: 'An administrator asked for it.',
};
const share = (what: string, asked: string, used: string, total: string) =>
  `${what}: it asks for ${asked}, ${used} of ${total} are taken.`;

export const schedulerReasons = {
  'deploy.too_few': ({ target, copies }) => ({
    message: `There is room for ${number(copies)} of the ${number(target)} copies.`,
    hint: 'Take a smaller size or fewer copies.',
  }),
  'scheduler.pinned': ({ node }) => ({ message: `It may only run on ${node}.`, hint: WAIT }),
  'scheduler.lies_elsewhere': ({ node }) => ({
    message: `Its disk is on ${node}, so it runs there.`,
    hint: WAIT,
  }),
  'scheduler.hosts_nothing': ({ node, reason }, say) => ({
    message:
      reason === 'node.ready'
        ? `${node} takes no labs now.`
        : notHosting(node, reason, say({ code: reason, data: {} }).message),
    hint: WAIT,
  }),
  'scheduler.preemption_off': () => ({
    message: 'Nothing is suspended for it: an administrator has switched that off.',
    hint: WAIT,
  }),
  'scheduler.gave_way_itself': () => ({
    message: 'It gave way itself, so it suspends nothing in its turn.',
    hint: WAIT,
  }),
  'scheduler.nobody_weaker': () => ({
    message: 'Nothing is suspended for it: no lab with a weaker claim would make enough room.',
    hint: WAIT,
  }),
  'priority.kind': ({ kind }) => ({ message: word(KINDS, kind), hint: POINTS }),
  'priority.role': ({ role }) => ({ message: word(ROLES, role), hint: POINTS }),
  'priority.sharing': () => ({ message: 'Its person shares a PC.', hint: POINTS }),
  'priority.fair_share': ({ used, mean }) => ({
    message:
      used <= mean
        ? `Its person used little lately: ${number(used)} processor hours, ${number(mean)} on average.`
        : `Its person used much lately: ${number(used)} processor hours, ${number(mean)} on average.`,
    hint: POINTS,
  }),
  'priority.waiting': ({ minutes, max }) => ({
    message: `It has waited ${number(minutes)} minutes; waiting adds ${number(max)} points at most.`,
    hint: POINTS,
  }),
  'priority.overdue': ({ hours }) => ({
    message: `It has waited ${number(hours)} hours: now it goes before all that came later.`,
    hint: POINTS,
  }),
  'priority.declined': () => ({
    message: 'Its person said no to sharing a PC too often, and waits behind those who share.',
    hint: POINTS,
  }),
  'score.vcpus': ({ need, used, total }) => ({
    message: share('Processors', number(need), number(used), number(total)),
    hint: WEIGHTS,
  }),
  'score.ram': ({ need, used, total }) => ({
    message: share('Memory', gb(need), gb(used), gb(total)),
    hint: WEIGHTS,
  }),
  'score.storage': ({ need, used, total }) => ({
    message: share('Disk', `${number(need)} GB`, `${number(used)} GB`, `${number(total)} GB`),
    hint: WEIGHTS,
  }),
  'score.temp': ({ need, used, total }) => ({
    message: share('Data disk', `${number(need)} GB`, `${number(used)} GB`, `${number(total)} GB`),
    hint: WEIGHTS,
  }),
  'score.vms': ({ vms }) => ({ message: `${labs(vms)} on it already.`, hint: WEIGHTS }),
  'score.locality': () => ({ message: 'Its image would have to be fetched first.', hint: WEIGHTS }),
  'score.course_spread': ({ vms }) => ({ message: `${labs(vms)} of the same course on it.`, hint: WEIGHTS }),
  'score.large_room': () => ({ message: 'It has one of the few places left for large labs.', hint: WEIGHTS }),
  'score.local_user': () => ({ message: 'Somebody sits at this PC.', hint: WEIGHTS }),
  'score.accelerator': () => ({
    message: 'It imitates processors instead of letting labs use its own: slower.',
    hint: WEIGHTS,
  }),
  'score.stability': ({ hours }) => ({
    message: `It is back only since ${hours === 0 ? 'less than an hour' : hours === 1 ? '1 hour' : `${number(hours)} hours`}.`,
    hint: WEIGHTS,
  }),
} satisfies Catalogue<SchedulerReasons>;

/** States of PCs have words of their own, which are no sentences here. */
function notHosting(node: string, reason: string, said: string): string {
  const states = {
    'node.joining': `${node} is joining and has not reported yet.`,
    'node.draining': `${node} is being emptied.`,
    'node.drained': `${node} is emptied.`,
    'node.unreachable': `${node} does not answer.`,
    'node.lost': `${node} is lost: nobody hears of it.`,
  };
  return word(states, reason) === reason ? `${node} runs no labs now. ${said}` : word(states, reason);
}
