/** Refusals about reservations, and what they refuse to others. */
import type { NoRoom, StateErrors } from '../../state/index.ts';
import { formatTime } from '../format.ts';
import type { Catalogue } from '../sentence.ts';
import { word } from '../word.ts';
import { count, number } from './figures.ts';
import { reservationFields, resources, states } from './words.ts';

/** "not enough memory is free" */
function notEnough(resource: string): string {
  return `not enough ${word(resources, resource)} ${resource === 'vcpus' ? 'are' : 'is'} free`;
}

function whenFree({ nextStart, zone }: NoRoom): string {
  return nextStart === null ? 'Choose another time' : `Choose ${formatTime(nextStart, 'en', zone)}`;
}

export const reservationRefusals = {
  'capacity.reserved': (data) => ({
    message: `Reservations leave no room for a lab that may not be suspended: ${notEnough(data.resource)}.`,
    hint: `${whenFree(data)}, take fewer hours, or let it be suspended when somebody with a reservation comes.`,
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
} satisfies Partial<Catalogue<StateErrors>>;
