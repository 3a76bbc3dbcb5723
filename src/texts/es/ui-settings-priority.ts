/** Ajustes de quién va primero y cuánto cuenta compartir un PC. */
import type { prioritySettings as en } from '../en/ui-settings-priority.ts';

export const prioritySettings: typeof en = {
  'priority.exam': {
    name: 'Puntos de un examen',
    effect: 'Lo que cuenta una petición reservada para un examen.',
  },
  'priority.class': {
    name: 'Puntos de una clase',
    effect: 'Lo que cuenta una petición reservada para una clase.',
  },
  'priority.personal': {
    name: 'Puntos de una reserva personal',
    effect: 'Lo que cuenta una petición que reservó una persona.',
  },
  'priority.interactive': {
    name: 'Puntos de un laboratorio sin reserva',
    effect: 'Lo que cuenta una petición que no se reservó.',
  },
  'priority.batch': {
    name: 'Puntos del trabajo de fondo',
    effect: 'Lo que cuenta una petición que puede esperar.',
  },
  'priority.admin': {
    name: 'Puntos de quien administra',
    effect: 'Lo que se añade para quien administra la nube.',
  },
  'priority.teacher': {
    name: 'Puntos de docentes',
    effect: 'Lo que se añade para un docente.',
  },
  'priority.student': {
    name: 'Puntos de estudiantes',
    effect: 'Lo que se añade para un estudiante.',
  },
  'priority.sharing': {
    name: 'Puntos por compartir un PC',
    effect: 'Lo que se añade para quien comparte un PC.',
  },
  'priority.fair_share': {
    name: 'Puntos por usar poco',
    effect: 'Lo que se añade para quien no ha usado nada últimamente; cuanto más se usó, menos se añade.',
  },
  'priority.fair_half_life': {
    name: 'El uso cuenta la mitad tras',
    effect:
      'Pasado este tiempo lo usado cuenta la mitad; pasado el doble, la cuarta parte, y así sucesivamente.',
  },
  'priority.waiting': {
    name: 'Puntos por esperar',
    effect: 'Lo que se añade por cada diez minutos de espera.',
  },
  'priority.waiting_max': {
    name: 'Máximo de puntos por esperar',
    effect: 'Esperar no añade más que esto.',
  },
  'sharing.policy': {
    name: 'Compartir cuenta',
    effect: 'Si compartir un PC influye en a quién le toca.',
  },
  'sharing.declines': {
    name: 'Veces que se puede declinar',
    effect: 'Cuántas veces se puede declinar compartir antes de esperar detrás de quienes comparten.',
  },
};
