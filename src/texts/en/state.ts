/** Refusals and causes of `state/`. */
import type { CapacityShort, EditErrors, NoRoom, ReplicaErrors, StateErrors } from '../../state/index.ts';
import { fieldProblem } from '../field-problem.ts';
import { formatList, formatNumber, formatTime } from '../format.ts';
import type { Catalogue } from '../sentence.ts';
import { word } from '../word.ts';
import {
  actions,
  kinds,
  needs,
  nodeActions,
  operations,
  powerActions,
  powers,
  reservationFields,
  resources,
  states,
} from './words.ts';

/** Notices, and refusals that the join door tells newcomers as its own. */
type SaidElsewhere =
  | 'operation.timed_out'
  | 'vm.lease_ended'
  | 'join.token_unknown'
  | 'join.token_revoked'
  | 'join.token_expired'
  | 'join.token_used_up'
  | 'join.already_member';

const number = (value: number) => formatNumber(value, 'en');
const count = (value: number, one: string, many = `${one}s`) =>
  `${number(value)} ${value === 1 ? one : many}`;
const mib = (value: number) => (value >= 1024 ? `${number(value / 1024)} GB` : `${number(value)} MB`);

/** The first of many by name. */
const listed = (names: readonly string[], all: number) =>
  formatList(all > names.length ? [...names, `${number(all - names.length)} more`] : names, 'en');

/** One shape for the four resources: what is asked, what is free, and whether waiting can help. */
function short({ asked, free, largest }: CapacityShort, what: string, show: (value: number) => string) {
  const never = asked > largest;
  return {
    message: never
      ? `No PC of the cloud is large enough: ${show(asked)} ${what} asked, the largest PC has ${show(largest)}.`
      : `The cloud is full: ${show(asked)} ${what} asked, at most ${show(free)} free on one PC.`,
    hint: never
      ? 'Take a smaller size, or ask an administrator for a larger PC.'
      : 'Take a smaller size, stop a lab that is no longer needed, or try again later.',
  };
}

/** "not enough memory is free" */
function notEnough(resource: string): string {
  return `not enough ${word(resources, resource)} ${resource === 'vcpus' ? 'are' : 'is'} free`;
}

/** An amount of a resource in its own unit. */
function amount(resource: string, value: number): string {
  if (resource === 'ramMiB') return mib(value);
  return resource === 'vcpus' ? number(Math.floor(value)) : `${number(value)} GB`;
}

function whenFree({ nextStart, zone }: NoRoom): string {
  return nextStart === null ? 'Choose another time' : `Choose ${formatTime(nextStart, 'en', zone)}`;
}

function fieldHint(problem: string): string {
  const found = fieldProblem(problem);
  switch (found.kind) {
    case 'missing':
      return 'It is missing: fill it in.';
    case 'unknown':
      return 'Nothing of this name is expected here: leave it out.';
    case 'id':
      return 'An id has 26 letters and digits; copy it from a list.';
    case 'type':
      return `Give a value of the kind "${found.expected}".`;
    case 'choice':
      return `Choose one of: ${found.choices.join(', ')}.`;
    case 'malformed':
      return 'It has characters or a form that are not allowed there.';
    default: {
      const bound = number(found.bound);
      const end = found.kind === 'most' ? 'at most' : 'at least';
      if (found.of === 'number') return `Give ${end} ${bound}.`;
      return `Give ${end} ${bound} ${found.of === 'text' ? 'characters' : 'items'}.`;
    }
  }
}

export const stateErrors = {
  'access.denied': ({ need }) => ({
    message: `Only ${word(needs, need)} may do this.`,
    hint: 'Ask somebody who may, or sign in with another account.',
  }),
  'access.signed_out': () => ({
    message: 'You are not signed in any more: the account or the session has ended.',
    hint: 'Sign in again.',
  }),
  'cloud.exists': ({ name }) => ({
    message: `This cloud was made already; it is called "${name}".`,
    hint: 'Go on with it, or begin another one with an empty data folder.',
  }),
  'payload.invalid': ({ field, problem }) => ({
    message: field ? `The value of "${field}" cannot be taken.` : 'The request cannot be taken as it is.',
    hint: fieldHint(problem),
  }),
  not_found: ({ kind, id }) => ({
    message: `There is no ${word(kinds, kind)} "${id}", or it is not yours to see.`,
    hint: 'Check the name or id in the list; it may have been deleted meanwhile.',
  }),
  'name.taken': ({ kind, name }) => ({
    message: `The name "${name}" is taken: another ${word(kinds, kind)} has it.`,
    hint: 'Choose another name, or rename the other one first.',
  }),
  'node.not_ready': ({ node, state }) => ({
    message: `The PC "${node}" takes no labs: it is ${word(states, state)}.`,
    hint: 'Choose another PC, or let the cloud choose.',
  }),
  'node.wrong_state': ({ node, state, action }) => ({
    message: `The PC "${node}" cannot be ${word(nodeActions, action)} now: it is ${word(states, state)}.`,
    hint: 'Wait until it has come to rest, or look under Nodes for what it can do now.',
  }),
  'node.retired': ({ node }) => ({
    message: `The PC "${node}" was retired: it is no part of the cloud any more.`,
    hint: 'To have it again, empty its data folder and let it join anew.',
  }),
  'node.last': ({ node }) => ({
    message: `"${node}" is the last PC of the cloud; without it there would be no cloud.`,
    hint: 'Let another PC join first.',
  }),
  'node.busy': ({ node, vms, count: all }) => ({
    message: `${count(all, 'lab')} still ${all === 1 ? 'runs' : 'run'} on "${node}": ${listed(vms, all)}.`,
    hint: 'Wait until they are suspended, or stop them.',
  }),
  'node.has_disks': ({ node, vms, count: all }) => ({
    message: `The disks of ${count(all, 'lab')} lie on "${node}" and would be lost: ${listed(vms, all)}.`,
    hint: 'Delete these labs first, or retire the PC by force if their work is not needed.',
  }),
  'node.only_copy': ({ node, images, count: all }) => ({
    message: `"${node}" has the only copy of ${count(all, 'image')}: ${listed(images, all)}.`,
    hint: 'Wait until another PC has them, or retire this one by force if they are not needed.',
  }),
  'node.share_in_use': ({ node, share, vms }) => ({
    message: `The share of "${node}" cannot be ${number(share)} % now: ${count(vms, 'lab')} running there ${vms === 1 ? 'needs' : 'need'} more.`,
    hint: 'Stop labs on it or empty it first, or choose a larger share.',
  }),
  'node.too_old': ({ node, protocol, level }) => ({
    message: `The labmesh on "${node}" is too old for this cloud: it speaks level ${number(protocol)}, the cloud is at ${number(level)}.`,
    hint: 'Install the version that the other PCs run, then start it again.',
  }),
  'cloud.level_too_low': ({ need, level, nodes }) => ({
    message: `This needs level ${number(need)} on every PC; the cloud is at ${number(level)}${nodes.length > 0 ? ` because of ${formatList(nodes, 'en')}` : ''}.`,
    hint: 'Bring every PC of the cloud to the same version, then try again.',
  }),
  'cloud.full': ({ nodes }) => ({
    message: `The cloud has all of the ${number(nodes)} PCs that it can have.`,
    hint: 'Retire a PC that is no longer there.',
  }),
  'cloud.authority_set': ({ name }) => ({
    message: `The cloud "${name}" has its certificate authority already.`,
    hint: 'Nothing is left to do.',
  }),
  'cloud.wrong_power': ({ state, action }) => ({
    message: `The cloud cannot be ${word(powerActions, action)} now: it is ${word(powers, state)}.`,
    hint: 'Look under Nodes for what it does now.',
  }),
  'cloud.not_on': ({ state }) => ({
    message: `No lab starts now: the cloud is ${word(powers, state)}.`,
    hint: 'Try again when an administrator has started the cloud.',
  }),
  'join.too_many_tokens': ({ limit }) => ({
    message: `There are ${number(limit)} invitations already, which is as many as can be kept.`,
    hint: 'Let those that are out expire, or make one that several PCs may use.',
  }),
  'user.last_admin': ({ name }) => ({
    message: `"${name}" is the last administrator; without one nobody could mend the cloud.`,
    hint: 'Make somebody else an administrator first.',
  }),
  'user.has_vms': ({ name, count: vms }) => ({
    message: `"${name}" still owns ${count(vms, 'lab')}; removing the account would lose the work in them.`,
    hint: 'Delete these labs first.',
  }),
  'course.full': ({ name, places, enrolled, asked }) =>
    asked > 0
      ? {
          message: `"${name}" has ${count(places, 'place')}, ${number(enrolled)} taken: ${number(asked)} more do not fit, so nobody was enrolled.`,
          hint: 'Give the course more places, or remove students who have left.',
        }
      : {
          message: `"${name}" has ${count(enrolled, 'student')}: ${count(places, 'place')} would be too few.`,
          hint: 'Remove students first, or give at least as many places.',
        },
  'course.has_vms': ({ name, count: vms }) => ({
    message: `${count(vms, 'lab')} of the course "${name}" still ${vms === 1 ? 'exists' : 'exist'}.`,
    hint: 'Delete the labs of the course first.',
  }),
  'course.not_student': ({ name }) => ({
    message: `"${name}" is not a student; only students take places in a course.`,
    hint: 'Teachers are named when the course is edited.',
  }),
  'course.not_teacher': ({ name }) => ({
    message: `"${name}" is a student and cannot teach a course.`,
    hint: 'Choose a teacher, or give this person the role of a teacher first.',
  }),
  'course.already_linked': ({ course, image }) => ({
    message: `The course "${course}" uses the image "${image}" already.`,
    hint: 'Nothing is left to do.',
  }),
  'course.not_linked': ({ course, image }) => ({
    message: `The course "${course}" does not use the image "${image}".`,
    hint: 'Choose an image of the course, or link this one to it first.',
  }),
  'course.not_enrolled': ({ course, user }) => ({
    message: `"${user}" is not enrolled in "${course}".`,
    hint: 'Look at the list of the course for who is.',
  }),
  'image.not_ready': ({ name, state }) => ({
    message: `The image "${name}" cannot be used now: it is ${word(states, state)}.`,
    hint: 'Wait until the operation on it has ended, then try again.',
  }),
  'image.in_use': ({ name, vms }) => ({
    message: `${count(vms, 'lab')} ${vms === 1 ? 'was' : 'were'} made from the image "${name}" and could not start without it.`,
    hint: 'Delete these labs first.',
  }),
  'image.linked': ({ name, courses }) => ({
    message: `The image "${name}" is used by ${formatList(courses, 'en')}.`,
    hint: 'Unlink it from the course first.',
  }),
  'image.not_importing': ({ name }) => ({
    message: `The image "${name}" is not being imported.`,
    hint: 'Its import has ended already; look at Operations for how.',
  }),
  'image.forbidden': ({ name }) => ({
    message: `The image "${name}" belongs to somebody else.`,
    hint: 'Ask its owner to share it, or take an image of your own.',
  }),
  'size.too_small': ({ size, sizeGiB, imageGiB }) => ({
    message: `The image needs ${number(imageGiB)} GB of disk; the size "${size}" has ${number(sizeGiB)} GB.`,
    hint: 'Take a size with a larger disk.',
  }),
  'vm.wrong_state': ({ name, state, action }) => ({
    message: `The lab "${name}" cannot be ${word(actions, action)} now: it is ${word(states, state)}.`,
    hint: 'Wait until it has come to rest, or look at it for what it can do now.',
  }),
  'vm.stale_epoch': ({ vm, epoch, current }) => ({
    message: `Word of the lab "${vm}" came too late: it was about start ${number(epoch)}, the newest is ${number(current)}.`,
    hint: 'Nothing is left to do; the PC looks again by itself.',
  }),
  'vm.no_lease': ({ name }) => ({
    message: `The lab "${name}" has no running time left to change: it is not running.`,
    hint: 'Start it; then it has time again.',
  }),
  'vm.not_waiting': ({ name, state }) => ({
    message: `The lab "${name}" does not wait for a place: it is ${word(states, state)}.`,
    hint: 'Stop or suspend it instead, if you do not need it now.',
  }),
  'vm.not_preemptible': ({ name }) => ({
    message: `The lab "${name}" may not be suspended for another.`,
    hint: 'Nothing is left to do; the cloud looks for another place by itself.',
  }),
  'vm.preempted_lately': ({ name, until }) => ({
    message: `The lab "${name}" gave its place away a short while ago and keeps this one until ${formatTime(until, 'en')}.`,
    hint: 'Nothing is left to do; the cloud looks for another place by itself.',
  }),
  'vm.lies_elsewhere': ({ name, node }) => ({
    message: `The lab "${name}" can run on "${node}" only, because its disks are there or an administrator said so.`,
    hint: 'Nothing is left to do; the cloud looks again by itself.',
  }),
  'vm.not_due': ({ name, action }) => ({
    message: `It is not time for the lab "${name}" to be ${word(actions, action)}.`,
    hint: 'Nothing is left to do; the cloud looks again by itself.',
  }),
  'vm.not_persistent': ({ name }) => ({
    message: `The lab "${name}" starts clean each time, so there is nothing to save.`,
    hint: 'Copy what you want to keep out of it before you stop it.',
  }),
  'vm.node_not_lost': ({ name, node }) => ({
    message: `The lab "${name}" cannot start from saved work now: ${node ? `its PC "${node}" is there, or was a moment ago` : 'it is on no PC that could be lost'}.`,
    hint: 'Wait a little; once its PC counts as lost, the lab can go on elsewhere.',
  }),
  'vm.nothing_saved': ({ name }) => ({
    message: `Nothing of the lab "${name}" was saved before its PC was lost.`,
    hint: 'Wait until its PC is back; its disk is there. Or start a new lab.',
  }),
  'vm.work_out_of_reach': ({ name, at }) => ({
    message: `The work of the lab "${name}" was saved ${formatTime(at, 'en')}, but every PC that has it is away.`,
    hint: 'Switch one of these PCs on, then try again.',
  }),
  'vm.too_many_recovered': ({ name, limit }) => ({
    message: `The lab "${name}" has ${number(limit)} recovered copies already.`,
    hint: 'Delete those that you do not need; then the next one is kept by itself.',
  }),
  'lease.others_wait': ({ name, waiting }) => ({
    message: `The lab "${name}" gets no more time now: ${count(waiting, 'request')} ${waiting === 1 ? 'waits' : 'wait'} for a place.`,
    hint: 'Save your work; at its end the lab is suspended with everything in it, and you may start it again.',
  }),
  'lease.reserved': ({ name, endsAt }) => ({
    message: `The lab "${name}" runs for a reservation and ends with it, ${formatTime(endsAt, 'en')}.`,
    hint: 'Start it again afterwards if you need it longer.',
  }),
  'lease.hours': ({ hours, min, max }) => ({
    message: `A lab runs for ${number(min)} to ${number(max)} whole hours; ${number(hours)} is not among them.`,
    hint: `Choose ${number(min)} to ${number(max)} hours; more can be added while it runs.`,
  }),
  'quota.vms': ({ limit, have }) => ({
    message: `${count(limit, 'lab')} per person may exist at once, and there are ${number(have)}.`,
    hint: 'Delete a lab that is no longer needed, then start this one.',
  }),
  'quota.running': ({ limit, have }) => ({
    message: `${count(limit, 'lab')} per person may run or wait at once, and there are ${number(have)}.`,
    hint: 'Stop or suspend one that you do not need now, then start this one.',
  }),
  'quota.vcpus': ({ limit, have, asked }) => ({
    message: `Your running labs may have ${count(limit, 'virtual processor')} in all; they have ${number(have)}, and ${number(asked)} more were asked.`,
    hint: 'Take a smaller size, or stop a lab that you do not need now.',
  }),
  'quota.ram': ({ limit, have, asked }) => ({
    message: `Your running labs may have ${mib(limit)} of memory in all; they have ${mib(have)}, and ${mib(asked)} more were asked.`,
    hint: 'Take a smaller size, or stop a lab that you do not need now.',
  }),
  'quota.disk': ({ limit, have, asked }) => ({
    message: `Your labs may have ${number(limit)} GB of disk in all; they have ${number(have)} GB, and ${number(asked)} GB more were asked.`,
    hint: 'Take a smaller size, or delete a lab that is no longer needed.',
  }),
  'quota.course': ({ course, limit, have }) => ({
    message: `${count(limit, 'lab')} of the course "${course}" may run or wait at once, and there are ${number(have)}.`,
    hint: 'Wait until somebody of the course has stopped theirs, or ask the teacher.',
  }),
  'queue.full': ({ limit }) => ({
    message: `${count(limit, 'request')} wait for a place already, which is as many as may.`,
    hint: 'Try again later, or reserve a time.',
  }),
  'queue.too_long': ({ hours, vm }) => ({
    message: `${vm ? `The request for the lab "${vm}"` : 'The request'} waited for ${count(hours, 'hour')} without getting a place and was given up.`,
    hint: 'Start it again, with a smaller size if that will do, or reserve a time.',
  }),
  'request.cancelled': ({ vm, by }) => ({
    message: `${vm ? `The request for the lab "${vm}"` : 'The request'} was cancelled by ${by}.`,
    hint: 'Start it again if you still need it.',
  }),
  'capacity.never': ({ resource, asked, largest, node }) => ({
    message: `No PC of the cloud could ever run this: it asks for ${amount(resource, asked)} ${word(resources, resource)}; "${node}", which comes closest, has ${amount(resource, largest)}.`,
    hint: 'Take a smaller size, or ask an administrator for a larger PC.',
  }),
  'capacity.reserved': (data) => ({
    message: `Reservations leave no room for a lab that may not be suspended: ${notEnough(data.resource)}.`,
    hint: `${whenFree(data)}, take fewer hours, or let it be suspended when somebody with a reservation comes.`,
  }),
  'capacity.vcpus': (data) =>
    short(data, data.asked === 1 ? 'virtual processor' : 'virtual processors', number),
  'capacity.ram': (data) => short(data, 'of memory', mib),
  'capacity.storage': (data) => short(data, 'of disk', (value) => `${number(value)} GB`),
  'capacity.temp': (data) => short(data, 'of data disk', (value) => `${number(value)} GB`),
  'capacity.no_host': ({ nodes }) => ({
    message:
      nodes === 1
        ? 'The PC that would run it takes no labs now.'
        : `None of the ${number(nodes)} PCs that could run it takes labs now.`,
    hint: 'An administrator finds the cause under Nodes, or with "labmesh doctor" on the PC.',
  }),
  'reservation.past': ({ at, zone }) => ({
    message: `${formatTime(at, 'en', zone)} is in the past.`,
    hint: 'Choose a time to come; what is to start now can be started without a reservation.',
  }),
  'reservation.malformed': ({ field, value }) => ({
    message: `"${value}" is no ${word(reservationFields, field)}.`,
    hint: 'Write a time like 2027-03-01T09:00, a place like Europe/Madrid, and 1 to 60 weeks; a date must exist.',
  }),
  'reservation.hours': ({ hours, min, max }) => ({
    message: `A reservation is for ${number(min)} to ${number(max)} whole hours; ${number(hours)} is not among them.`,
    hint: `Choose ${number(min)} to ${number(max)} hours.`,
  }),
  'reservation.count': ({ count: asked, min, max }) => ({
    message: `${number(asked)} labs cannot be reserved here: it must be a whole number from ${number(min)} to ${number(max)}.`,
    hint: 'A course reserves at most as many labs as it has places, a person one.',
  }),
  'reservation.too_far': ({ days }) => ({
    message: `Reservations reach ${count(days, 'day')} ahead at most.`,
    hint: 'Choose an earlier time or fewer weeks.',
  }),
  'reservation.too_many': ({ limit }) => ({
    message: `${count(limit, 'reservation')} are to come already, which is as many as can be kept.`,
    hint: 'Remove those that are no longer needed.',
  }),
  'reservation.no_room': (data) => ({
    message:
      data.free === 0
        ? `Nothing is left for then: other reservations take all the ${word(resources, data.resource)}.`
        : `Only ${count(data.free, 'lab')} of this size would fit beside what is reserved for then: ${notEnough(data.resource)}.`,
    hint: `${whenFree(data)}${data.free > 0 ? ', fewer labs' : ''} or a smaller size.`,
  }),
  'reservation.no_places': ({ course }) => ({
    message: `The course "${course}" has no places, so there is nobody to reserve for.`,
    hint: 'Give the course places first.',
  }),
  'reservation.dst_gap': ({ local, zone, next }) => ({
    message: `${local} does not exist in ${zone}: clocks are put forward then.`,
    hint: `Choose ${next} or another time.`,
  }),
  'reservation.not_due': ({ label, at }) => ({
    message: `It is not time yet for the reservation "${label}": ${formatTime(at, 'en')}.`,
    hint: 'Nothing is left to do; the cloud looks again by itself.',
  }),
  'reservation.wrong_state': ({ label, state }) => ({
    message: `The reservation "${label}" cannot be changed any more: it is ${word(states, state)}.`,
    hint: 'Make a new one if you need it.',
  }),
  'image.reserved': ({ name, count: all }) => ({
    message: `${count(all, 'reservation')} to come ${all === 1 ? 'needs' : 'need'} the image "${name}".`,
    hint: 'Remove these reservations first.',
  }),
  'sharing.off': () => ({
    message: 'Sharing a PC makes no difference in this cloud, so there is nothing to decline.',
    hint: 'Nothing is left to do.',
  }),
  'sharing.shares': ({ node }) => ({
    message: `You share the PC "${node}" already.`,
    hint: 'To stop, empty it and take it out under Share this PC.',
  }),
  'setting.unknown': ({ key }) => ({
    message: `There is no setting "${key}".`,
    hint: 'The page Settings and "labmesh setting ls" list them all.',
  }),
  'setting.invalid': ({ key, value, expected }) => ({
    message: `The setting "${key}" cannot be ${JSON.stringify(value) ?? 'empty'}.`,
    hint: `It takes: ${expected}.`,
  }),
  'operation.superseded': ({ by }) => ({
    message: `A newer wish took its place: ${word(operations, by).toLowerCase()}.`,
    hint: 'Nothing is left to do; follow the newer operation.',
  }),
  'operation.not_running': ({ state }) => ({
    message: `The operation is not under way: it is ${word(states, state)}.`,
    hint: 'Nothing is left to do.',
  }),
  'image.import_lost': ({ node }) => ({
    message: `The import ended because "${node}", the PC that did it, was interrupted.`,
    hint: 'Import the image again; a file that was uploaded goes on where it stopped.',
  }),
  'vm.held': ({ by, vm }) => ({
    message:
      by === 'preempted'
        ? `${vm ? `The lab "${vm}"` : 'The lab'} was suspended because a request that goes first needed its place. Nothing in it is lost.`
        : by === 'shutdown'
          ? 'The lab is suspended because the cloud is being stopped. Nothing in it is lost.'
          : 'The lab is suspended because its PC is being emptied. Nothing in it is lost.',
    hint: 'It goes on by itself when it can run again.',
  }),
  'vm.crashed': () => ({
    message: 'The lab broke down: its virtual machine ended with a fault.',
    hint: 'Start it again; if it happens once more, show its log to an administrator.',
  }),
  'vm.power_lost': () => ({
    message: 'The lab ended because its PC lost power or was restarted.',
    hint: 'Start it again; what it had saved to its disk is there.',
  }),
  'vm.guest_off': () => ({
    message: 'The lab was shut down from inside.',
    hint: 'Start it again when you need it.',
  }),
} satisfies Catalogue<Omit<StateErrors, SaidElsewhere | keyof ReplicaErrors | keyof EditErrors>>;
