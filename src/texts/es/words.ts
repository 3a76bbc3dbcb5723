/** Palabras para cosas, estados y acciones, tal como van dentro de las frases. */
import type * as en from '../en/words.ts';

export const kinds: typeof en.kinds = {
  cloud: 'la nube',
  setting: 'el ajuste',
  node: 'el PC',
  user: 'la persona',
  session: 'la sesión',
  course: 'el curso',
  enrolment: 'la matrícula',
  size: 'el tamaño',
  image: 'la imagen',
  version: 'la versión de imagen',
  vm: 'el laboratorio',
  operation: 'la operación',
  notification: 'el mensaje',
  audit: 'la entrada de auditoría',
  upload: 'la subida',
  token: 'la invitación',
  reservation: 'la reserva',
  usage: 'el registro de uso',
};

export const states: typeof en.states = {
  waiting: 'esperando un sitio',
  placing: 'recibiendo un sitio',
  fetching: 'trayendo su imagen',
  starting: 'arrancando',
  running: 'en marcha',
  suspending: 'suspendiéndose',
  suspended: 'en suspenso',
  resuming: 'reanudándose',
  stopping: 'apagándose',
  stopped: 'sin arrancar',
  moving: 'pasando a otro PC',
  failed: 'con una avería',
  unreachable: 'fuera de alcance',
  deleted: 'ya borrado',
  absent: 'ausente',
  importing: 'importándose',
  ready: 'a punto',
  deleting: 'borrándose',
  joining: 'incorporándose',
  lost: 'perdido',
  draining: 'vaciándose',
  drained: 'vacío',
  retired: 'de baja',
  done: 'terminada',
  cancelled: 'cancelada',
  active: 'por venir',
  over: 'terminada',
  whole: 'completa',
  coming: 'de camino',
  leaving: 'borrándose',
  away: 'de camino, pero el PC no responde',
};

export const actions: typeof en.actions = {
  start: 'arrancar',
  stop: 'apagar',
  reboot: 'reiniciar',
  suspend: 'suspender',
  resume: 'reanudar',
  delete: 'borrar',
  hold: 'retener',
  release: 'soltar',
  warn: 'avisar del final de',
  touch: 'usar',
  reclaim: 'recuperar',
  preempt: 'suspender para dar paso a otro',
  publish: 'publicar',
  save: 'guardar',
  recover: 'arrancar desde su trabajo guardado',
};

export const resources: typeof en.resources = {
  vcpus: 'procesadores virtuales',
  ramMiB: 'memoria',
  storageGiB: 'disco',
  tempGiB: 'disco de datos',
};

export const reservationFields: typeof en.reservationFields = {
  local: 'fecha y hora',
  zone: 'zona horaria',
  weekly: 'número de semanas',
  starts: 'lista de horas',
};

export const nodeActions: typeof en.nodeActions = {
  drain: 'vaciar',
  undrain: 'volver a poner en servicio',
  drained: 'dar por vacío',
  retire: 'retirar',
  vote: 'ascender ni degradar',
  configure: 'cambiar',
};

export const powerActions: typeof en.powerActions = {
  shutdown: 'parar',
  startup: 'arrancar',
  powered_off: 'dar por apagada',
};
export const powers: typeof en.powers = { on: 'encendida', stopping: 'parándose', off: 'apagada' };

export const operations: typeof en.operations = {
  'vm.start': 'Arranque de un laboratorio',
  'vm.stop': 'Apagado de un laboratorio',
  'vm.reboot': 'Reinicio de un laboratorio',
  'vm.suspend': 'Suspensión de un laboratorio',
  'vm.resume': 'Reanudación de un laboratorio',
  'vm.remove': 'Borrado de un laboratorio',
  'image.import': 'Importación de una imagen',
  'image.deploy': 'Copia de una imagen a los PC',
  'image.publish': 'Publicación de un laboratorio como imagen',
  'image.remove': 'Borrado de una imagen',
};

export const needs: typeof en.needs = {
  admin: 'quien administra la nube',
  teacher: 'el profesorado o quien administra la nube',
  user: 'una persona con la sesión iniciada',
  local: 'quien administra el propio PC',
  node: 'un PC de la nube',
  scheduler: 'la propia nube',
};
