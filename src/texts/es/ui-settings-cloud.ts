/** Ajustes de los PC, los votantes, el inicio de sesión y lo que se guarda. */
import type { cloudSettings as en } from '../en/ui-settings-cloud.ts';

export const cloudSettings: typeof en = {
  'session.hours': {
    name: 'Duración de la sesión',
    effect: 'Después, el navegador pide iniciar sesión otra vez.',
  },
  'node.lost_after': {
    name: 'Perdido después de',
    effect:
      'Un PC al que nadie alcanza durante este tiempo se da por perdido; sus laboratorios siguen en él hasta que vuelva o se dé de baja.',
  },
  'node.drain_deadline': {
    name: 'Tiempo para vaciar un PC',
    effect:
      'Cuánto pueden seguir los laboratorios mientras se vacía un PC, si nadie dice otra cosa; después se suspenden.',
  },
  'election.voter_silence': {
    name: 'El voto pasa a otro después de',
    effect:
      'Un PC con voto que calla durante este tiempo lo cede a otro PC, mientras responda la mayoría de los que tienen voto. Más de lo que tarda un reinicio.',
  },
  'history.audit_entries': {
    name: 'Auditoría',
    effect:
      'Las entradas que pasan de aquí se eliminan, las más viejas primero. Expórtelas antes si debe guardarlas.',
  },
  'history.operations': {
    name: 'Operaciones',
    effect: 'Las operaciones acabadas que pasan de aquí se eliminan, las más viejas primero.',
  },
  'history.notifications_per_user': {
    name: 'Mensajes por persona',
    effect: 'Los mensajes que pasan de aquí se eliminan, los más viejos primero.',
  },
};
