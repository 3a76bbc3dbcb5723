import type { copies as en } from '../en/ui-copies.ts';

export const copies: typeof en = {
  title: 'Dónde está',
  on: (n, text) => (n === 1 ? 'En 1 PC.' : `En ${text} PC.`),
  onSome: (done, total) => `En ${done} de ${total} PC.`,
  safe: (n) =>
    n === 1
      ? 'La nube guarda al menos 1.'
      : `La nube guarda al menos ${n}, para que ninguno pueda perderla él solo.`,
  unsafe: (n) =>
    `Debería estar en ${n}, para que ninguno pueda perderla él solo; ningún otro PC puede tomarla ahora.`,
  wishNone:
    'Nadie ha pedido más copias. Un laboratorio arranca en cualquier PC; donde la imagen ya está, arranca antes.',
  wishAll: 'Debe estar en todos los PC que ejecutan laboratorios, también en los que se unan después.',
  wishCount: (n) => `Debe estar al menos en ${n} PC.`,
  wishNamed: (names) => `Pedida en ${names}.`,
  cancel: 'Dejar de copiar',
  more: (n) => `… y ${n} más.`,
  states: {
    whole: 'la tiene',
    coming: 'la está trayendo',
    leaving: 'la está borrando',
    away: 'no responde; recibirá la imagen cuando vuelva',
  },
  pieces: (present, all) => `${present} de ${all} trozos`,
  triesAgain: 'Lo intenta otra vez por sí solo.',
  drop: 'Borrar de ahí',
  dropOf: (node) => `Borrar de ahí: la copia en ${node}`,
  stop: 'Ahí no',
  stopOf: (node) => `Ahí no: ninguna copia en ${node}`,
  copyTo: 'Copiarla a',
  copy: 'Copiar',
  isOff: (node) => `${node} (no responde)`,
  howMany: 'En cuántos PC',
  optionSafe: 'Los que la mantienen a salvo',
  optionCount: 'Al menos tantos',
  optionAll: 'Todos los que ejecutan laboratorios',
  count: 'PC',
  set: 'Fijar',
  leaving: 'Borrándose',
  deleteVersion: 'Borrar',
  deleteTitle: (n, image) => `¿Borrar la versión ${n} de ${image}?`,
  deleteLoss: 'Desaparece de todos los PC y nadie puede volver a ella. Las demás versiones se quedan.',
  deleteButton: 'Borrar esta versión',
  install: 'Instalar desde esta ISO',
  installTitle: 'Es un disco de instalación',
  installText:
    'Instalar desde esta ISO: arranca un laboratorio con un disco vacío y este disco en su unidad. Deje que el laboratorio conserve su disco. Instale el sistema, apague el laboratorio y publíquelo como imagen nueva en su página, para que otros la usen.',
};
