/** Rechazos sobre reservas, y lo que estas niegan a otros. */
import type { NoRoom } from '../../state/index.ts';
import type { reservationRefusals as en } from '../en/state-reservations.ts';
import { formatTime } from '../format.ts';
import { word } from '../word.ts';
import { count, number } from './figures.ts';
import { reservationFields, resources, states } from './words.ts';

function whenFree({ nextStart, zone }: NoRoom): string {
  return nextStart === null ? 'Elija otra hora' : `Elija ${formatTime(nextStart, 'es', zone)}`;
}

export const reservationRefusals: typeof en = {
  'capacity.reserved': (data) => ({
    message: `Las reservas no dejan sitio para un laboratorio que no se pueda suspender: no hay bastante ${word(resources, data.resource)}.`,
    hint: `${whenFree(data)}, pida menos horas o deje que se suspenda cuando llegue quien tiene una reserva.`,
  }),
  'reservation.past': ({ at, zone }) => ({
    message: `${formatTime(at, 'es', zone)} ya ha pasado.`,
    hint: 'Elija una hora por venir; lo que ha de arrancar ahora no necesita reserva.',
  }),
  'reservation.malformed': ({ field, value }) => ({
    message: `«${value}» no vale como ${word(reservationFields, field)}.`,
    hint: 'Escriba una hora como 2027-03-01T09:00, un lugar como Europe/Madrid y de 1 a 60 semanas; la fecha debe existir.',
  }),
  'reservation.hours': ({ hours, min, max }) => ({
    message: `Una reserva dura de ${number(min)} a ${number(max)} horas enteras; ${number(hours)} no vale.`,
    hint: `Elija de ${number(min)} a ${number(max)} horas.`,
  }),
  'reservation.count': ({ count: asked, min, max }) => ({
    message: `Aquí no se pueden reservar ${number(asked)} laboratorios: ha de ser un número entero de ${number(min)} a ${number(max)}.`,
    hint: 'Un curso reserva como mucho tantos laboratorios como plazas tiene; una persona, uno.',
  }),
  'reservation.too_far': ({ days }) => ({
    message: `Se puede reservar con ${count(days, 'día')} de antelación como mucho.`,
    hint: 'Elija una fecha más cercana o menos semanas.',
  }),
  'reservation.too_many': ({ limit }) => ({
    message: `Ya hay ${count(limit, 'reserva')} por venir, que son todas las que caben.`,
    hint: 'Quite las que ya no hagan falta.',
  }),
  'reservation.no_room': (data) => ({
    message:
      data.free === 0
        ? `Para entonces no queda nada: otras reservas ocupan todo lo que hay de ${word(resources, data.resource)}.`
        : `Junto a lo ya reservado solo ${data.free === 1 ? 'cabría' : 'cabrían'} ${count(data.free, 'laboratorio')} de este tamaño: no hay bastante ${word(resources, data.resource)}.`,
    hint: `${whenFree(data)}${data.free > 0 ? ', menos laboratorios' : ''} o un tamaño menor.`,
  }),
  'reservation.no_places': ({ course }) => ({
    message: `El curso «${course}» no tiene plazas: no hay para quién reservar.`,
    hint: 'Dé primero plazas al curso.',
  }),
  'reservation.dst_gap': ({ local, zone, next }) => ({
    message: `${local} no existe en ${zone}: a esa hora se adelantan los relojes.`,
    hint: `Elija ${next} u otra hora.`,
  }),
  'reservation.not_due': ({ label, at }) => ({
    message: `Todavía no es la hora de la reserva «${label}»: ${formatTime(at, 'es')}.`,
    hint: 'No hay que hacer nada; la nube vuelve a mirar por sí sola.',
  }),
  'reservation.wrong_state': ({ label, state }) => ({
    message: `La reserva «${label}» ya no se puede cambiar: está ${word(states, state)}.`,
    hint: 'Haga otra si la necesita.',
  }),
  'image.reserved': ({ name, count: all }) => ({
    message: `${count(all, 'reserva')} por venir ${all === 1 ? 'necesita' : 'necesitan'} la imagen «${name}».`,
    hint: 'Quite primero esas reservas.',
  }),
};
