/** Refusals about people and courses. */
import type { StateErrors } from '../../state/index.ts';
import type { Catalogue } from '../sentence.ts';
import { count, number } from './figures.ts';

export const peopleRefusals = {
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
} satisfies Partial<Catalogue<StateErrors>>;
