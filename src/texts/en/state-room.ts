/** Refusals for want of room: the limits of a person, of the queue and of the PCs. */
import type { CapacityShort, StateErrors } from '../../state/index.ts';
import type { Catalogue } from '../sentence.ts';
import { word } from '../word.ts';
import { count, mib, number } from './figures.ts';
import { resources } from './words.ts';

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

/** An amount of a resource in its own unit. */
function amount(resource: string, value: number): string {
  if (resource === 'ramMiB') return mib(value);
  return resource === 'vcpus' ? number(Math.floor(value)) : `${number(value)} GB`;
}

export const roomRefusals = {
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
} satisfies Partial<Catalogue<StateErrors>>;
