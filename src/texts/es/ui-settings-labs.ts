/** Ajustes de los laboratorios: su tiempo, límites, cola, reservas y trabajo guardado. */
import type { labSettings as en } from '../en/ui-settings-labs.ts';

export const labSettings: typeof en = {
  'lease.min_hours': {
    name: 'Tiempo mínimo',
    effect: 'Las menos horas por las que se puede arrancar un laboratorio.',
  },
  'lease.max_hours': {
    name: 'Tiempo máximo',
    effect:
      'Las más horas por las que se puede arrancar un laboratorio; después se suspende y se puede reanudar.',
  },
  'lease.connect_minutes': {
    name: 'Tiempo para abrir un laboratorio',
    effect:
      'Un laboratorio cuya consola nadie abre en este tiempo después de arrancar, y que no trabaja por su cuenta ni por la red, se suspende; con 0, nunca.',
  },
  'lease.idle_minutes': {
    name: 'Tiempo sin uso',
    effect: 'Un laboratorio que nadie usa durante este tiempo se suspende; con 0, nunca.',
  },
  'lease.renew_if_waiting': {
    name: 'Más tiempo aunque otros esperen',
    effect: 'Si se puede dar más tiempo a un laboratorio mientras alguien espera un sitio.',
  },
  'vm.stop_grace': {
    name: 'Tiempo para apagarse',
    effect: 'Cuánto puede tardar un sistema en apagarse cuando se le pide, antes de cortarle la corriente.',
  },
  'vm.start_timeout': {
    name: 'Tiempo para arrancar',
    effect: 'Un arranque que tarda más cuenta como fallido y se abandona.',
  },
  'queue.max_wait': {
    name: 'Espera máxima',
    effect: 'Una petición que espera más por un sitio se abandona y se avisa a su persona.',
  },
  'queue.max_length': {
    name: 'Cola máxima',
    effect: 'Cuántas peticiones pueden esperar a la vez; las demás se rechazan.',
  },
  'quota.student_running': {
    name: 'Laboratorios en marcha por estudiante',
    effect: 'Cuántos laboratorios puede tener en marcha o en espera a la vez.',
  },
  'quota.teacher_running': {
    name: 'Laboratorios en marcha por docente',
    effect: 'Cuántos laboratorios puede tener en marcha o en espera a la vez.',
  },
  'quota.student_vcpus': {
    name: 'Procesadores virtuales por estudiante',
    effect: 'Cuántos procesadores virtuales pueden sumar sus laboratorios en marcha.',
  },
  'quota.teacher_vcpus': {
    name: 'Procesadores virtuales por docente',
    effect: 'Cuántos procesadores virtuales pueden sumar sus laboratorios en marcha o en espera.',
  },
  'quota.student_ram': {
    name: 'Memoria por estudiante',
    effect: 'Cuánta memoria pueden sumar sus laboratorios en marcha.',
  },
  'quota.teacher_ram': {
    name: 'Memoria por docente',
    effect: 'Cuánta memoria pueden sumar sus laboratorios en marcha o en espera.',
  },
  'quota.student_disk': {
    name: 'Disco por estudiante',
    effect: 'Cuánto disco pueden sumar todos sus laboratorios.',
  },
  'quota.teacher_disk': {
    name: 'Disco por docente',
    effect: 'Cuánto disco pueden sumar todos los laboratorios de un docente.',
  },
  'quota.student_vms': {
    name: 'Laboratorios por estudiante',
    effect: 'Cuántos laboratorios puede tener a la vez, en marcha o no.',
  },
  'quota.teacher_vms': {
    name: 'Laboratorios por docente',
    effect: 'Cuántos laboratorios puede tener a la vez, en marcha o no.',
  },
  'reservation.walkin_percent': {
    name: 'Para quien viene sin reserva',
    effect: 'Qué parte de procesadores y memoria dejan las reservas a quienes vienen sin una.',
  },
  'reservation.node_reserve': {
    name: 'PC que pueden faltar',
    effect:
      'Tantos de los PC más grandes quedan fuera al comprobar una reserva, para que se cumpla también sin ellos.',
  },
  'reservation.prefetch_minutes': {
    name: 'Traer las imágenes antes',
    effect: 'Con cuánta antelación se lleva la imagen de una reserva a los PC que la necesitarán.',
  },
  'work.every_minutes': {
    name: 'Guardar los laboratorios en marcha cada',
    effect:
      'Cada cuánto se guarda el disco de un laboratorio que conserva su trabajo mientras está en marcha. 0: solo al detenerse.',
  },
  'work.copies': {
    name: 'Copias del trabajo guardado',
    effect:
      'En cuántos equipos se conserva el trabajo guardado de un laboratorio, para que perder un equipo no pierda nada.',
  },
};
