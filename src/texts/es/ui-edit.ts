import type { edits as en } from '../en/ui-edit.ts';

export const edits: typeof en = {
  title: 'Cambiar esta imagen',
  text: 'Se cambia en un laboratorio propio, en tantas sesiones como haga falta. Hasta que publique, todo el mundo sigue con la versión que hay.',
  begin: 'Cambiarla',
  beginTitle: (name) => `Cambiar ${name}`,
  beginText:
    'Se abre un laboratorio que conserva su disco. Mientras tanto nadie más cambia la imagen. Publique sus cambios o renuncie a ellos cuando quiera.',
  beginButton: 'Abrirla para cambiarla',
  size: 'Tamaño del laboratorio',
  sizeHint: 'La imagen solo crece hasta el tamaño de este disco si su sistema usa ese espacio.',
  mine: (since, until) =>
    `Usted la está cambiando desde ${since}. Es solo suya hasta ${until}; trabajar en el laboratorio alarga el plazo.`,
  theirs: (who, since, until) =>
    `${who} la está cambiando desde ${since}. Es solo suya hasta ${until}, y más tiempo mientras trabaje en ella.`,
  ended: (who, since) =>
    `${who} la está cambiando desde ${since}, pero hace tiempo que no trabaja en ella: su derecho ha vencido y otra persona puede hacerse cargo de los cambios.`,
  somebody: 'Alguien',
  by: (who) => `${who} la está cambiando.`,
  byYou: 'Usted la está cambiando.',
  open: 'Abrir el laboratorio',
  renew: 'Conservarla más tiempo',
  publish: 'Publicar',
  abandon: 'Renunciar a los cambios',
  take: 'Hacerse cargo de los cambios',
  publishing: (lab) => `El disco del laboratorio «${lab}» se está publicando.`,
  stopping: (lab) => `El laboratorio «${lab}» se está apagando para publicarlo después.`,
  cancelPublish: 'Cancelar la publicación',
  publishTitle: (name) => `¿Publicar una versión nueva de ${name}?`,
  publishText:
    'Lo que hay en el disco del laboratorio pasa a ser la versión siguiente, y los laboratorios nuevos la toman. Después el laboratorio del cambio desaparece. Las copias van solas a otros PC; solo viaja lo que ha cambiado.',
  shutsDown: 'El laboratorio está en marcha: primero se apaga. Guarde lo que tenga abierto en él.',
  force: 'Desenchufarlo en vez de pedírselo',
  forceHint: 'Solo para un sistema que no se apaga: lo que no haya escrito se pierde.',
  publishButton: 'Publicar',
  keeps: (labs) =>
    labs === 0
      ? 'Todavía no se ha hecho ningún laboratorio con ella.'
      : `${labs === 1 ? 'Un laboratorio se hizo' : `${labs} laboratorios se hicieron`} con esta imagen. Los que están en marcha siguen con su versión; los que conservan su disco la mantienen también al volver a arrancar. Los que empiezan limpios toman la nueva la próxima vez.`,
  abandonTitle: (name) => `¿Renunciar a los cambios de ${name}?`,
  abandonLoss: 'El laboratorio con los cambios se borra con su disco. La imagen queda como está.',
  abandonButton: 'Renunciar a ellos',
  takeTitle: (name) => `¿Hacerse cargo de los cambios de ${name}?`,
  takeText: (who) => `El laboratorio con los cambios pasa a ser suyo tal como está, y se avisa a ${who}.`,
  takeButton: 'Hacerse cargo',
  current: 'La toman los laboratorios nuevos',
  changes: (bytes, n) => `cambia ${bytes} respecto a la versión ${n}`,
  noLabs: 'ningún laboratorio la usa',
  usedBy: (n) => `la usan ${n}`,
  use: 'Usar esta versión',
  useTitle: (n, name) => `¿Que los laboratorios nuevos tomen la versión ${n} de ${name}?`,
  useText:
    'Desde ahora los laboratorios nuevos arrancan con ella. No se borra ninguna versión: se puede volver.',
  useButton: (n) => `Usar la versión ${n}`,
  asImage: 'Publicar como imagen',
  asTitle: (lab) => `¿Publicar ${lab} como imagen nueva?`,
  asText:
    'Lo que hay en su disco pasa a ser la primera versión de una imagen nueva. El laboratorio se queda, con su disco.',
  asName: 'Nombre de la imagen',
  asHint: 'Como lo leerán los estudiantes: Debian 12 con GCC',
  changedHere: 'En este laboratorio se está cambiando una imagen:',
};
