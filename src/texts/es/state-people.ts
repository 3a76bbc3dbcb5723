/** Rechazos sobre personas y cursos. */
import type { peopleRefusals as en } from '../en/state-people.ts';
import { count, number } from './figures.ts';

export const peopleRefusals: typeof en = {
  'user.last_admin': ({ name }) => ({
    message: `«${name}» es la última cuenta de administración; sin ninguna, nadie podría arreglar la nube.`,
    hint: 'Dé antes ese papel a otra persona.',
  }),
  'user.has_vms': ({ name, count: vms }) => ({
    message: `«${name}» todavía tiene ${count(vms, 'laboratorio')}; al quitar la cuenta se perdería su trabajo.`,
    hint: 'Borre antes esos laboratorios.',
  }),
  'course.full': ({ name, places, enrolled, asked }) =>
    asked > 0
      ? {
          message: `«${name}» tiene ${count(places, 'plaza')} y ${number(enrolled)} ocupadas: no caben ${number(asked)} más, así que no se ha matriculado a nadie.`,
          hint: 'Dé más plazas al curso o quite a quienes lo hayan dejado.',
        }
      : {
          message: `«${name}» tiene ${count(enrolled, 'estudiante')}: ${count(places, 'plaza')} serían pocas.`,
          hint: 'Quite antes a estudiantes o ponga al menos tantas plazas.',
        },
  'course.has_vms': ({ name, count: vms }) => ({
    message: `${vms === 1 ? 'Todavía existe' : 'Todavía existen'} ${count(vms, 'laboratorio')} del curso «${name}».`,
    hint: 'Borre antes los laboratorios del curso.',
  }),
  'course.not_student': ({ name }) => ({
    message: `«${name}» no es estudiante; solo los estudiantes ocupan plazas en un curso.`,
    hint: 'El profesorado se indica al editar el curso.',
  }),
  'course.not_teacher': ({ name }) => ({
    message: `«${name}» es estudiante y no puede impartir un curso.`,
    hint: 'Elija a alguien del profesorado o dé antes ese papel a esta persona.',
  }),
  'course.already_linked': ({ course, image }) => ({
    message: `El curso «${course}» ya usa la imagen «${image}».`,
    hint: 'No queda nada por hacer.',
  }),
  'course.not_linked': ({ course, image }) => ({
    message: `El curso «${course}» no usa la imagen «${image}».`,
    hint: 'Elija una imagen del curso o enlace antes esta.',
  }),
  'course.not_enrolled': ({ course, user }) => ({
    message: `«${user}» no tiene plaza en «${course}».`,
    hint: 'Mire en la lista del curso quién la tiene.',
  }),
};
