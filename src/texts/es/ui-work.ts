import type { savedWork as en } from '../en/ui-work.ts';

/** Las horas de hoy son horas; las demás empiezan por el día. */
const at = (when: string) => (/^\d{1,2}:\d{2}$/.test(when) ? `a las ${when}` : `el ${when}`);

/** Textos sobre el trabajo guardado de un laboratorio. */
export const savedWork: typeof en = {
  title: 'Su trabajo',
  savedOn: (pcs, when) =>
    pcs === 1 ? `Guardado en 1 PC ${at(when)}.` : `Guardado en ${pcs} PC ${at(when)}.`,
  current:
    'Es todo: el laboratorio estaba apagado entonces y no ha funcionado después. Arranca desde ahí en cualquier PC, también mañana.',
  running: 'Lo que cambie después se guarda la próxima vez.',
  alone: 'Aún no lo tiene un segundo PC. Se copia en cuanto alguno tenga sitio.',
  never: 'Todavía no se ha guardado nada. Se guarda cuando el laboratorio se detiene y mientras funciona.',
  often: (minutes) =>
    minutes === 1
      ? 'Se guarda cada minuto mientras funciona, y cuando se detiene.'
      : `Se guarda cada ${minutes} minutos mientras funciona, y cuando se detiene.`,
  atStop: 'Se guarda cuando se detiene.',
  notSaved: 'No se guarda: el segundo disco, para datos de paso, y lo que solo está en la memoria.',
  notSavedNoData: 'No se guarda: lo que solo está en la memoria. Guarde sus ficheros dentro del laboratorio.',
  clean:
    'Este laboratorio empieza limpio cada vez: al detenerse desaparece todo lo que usted cambió. Saque de él lo que quiera conservar.',
  saveNow: 'Guardar ahora',
  saving: 'Se está guardando ahora; puede seguir trabajando.',
  savingOff: 'Se está guardando ahora. Deje los PC encendidos hasta que termine.',
  failed: (when) => `No se guarda como debería, desde ${when}.`,
  lostTitle: (pc) => `Se ha perdido su PC «${pc}»`,
  lostBefore: (when, before) =>
    `Puede arrancar en otro PC desde lo que se guardó ${at(when)}, ${before} antes de que se perdiera el PC. Lo que se hizo después no está ahí; si «perdido» resulta ser «apagado», se conserva como copia recuperada cuando vuelva el PC.`,
  lostClean:
    'Puede arrancar de nuevo en otro PC. Empieza limpio cada vez, así que con eso no se pierde nada más.',
  stuck: (pcs) =>
    `Lo que se guardó está solo en ${pcs}, que ahora no responde. Enciéndalo o espere: el trabajo está a salvo allí, y el laboratorio sigue desde él.`,
  stuckPinned: (pc) =>
    `Se arrancó para funcionar solo en «${pc}». Encienda ese PC o espere a que vuelva: mientras tanto no se pierde nada.`,
  stuckUnsaved: (pc) =>
    `Todavía no se había guardado nada: lo que hay está en «${pc}». Encienda ese PC o espere a que vuelva.`,
  recover: 'Arrancar en otro PC',
  goOn: 'Seguir en otro PC…',
  strays: (pc, when) =>
    `«${pc}» se perdió ${at(when)} y puede que aún tenga más de lo que se guardó. Cuando vuelva, eso se conserva aquí como copia.`,
  copies: 'Copias recuperadas',
  copiesLead:
    'Lo que un PC aún tenía de este laboratorio cuando volvió. Nunca se mezcla con su trabajo y se queda hasta que usted lo borre.',
  copy: (pc, when) => `De «${pc}», tal como estaba cuando se perdió ${at(when)}`,
  openCopy: 'Convertirla en un laboratorio',
  openCopyOf: (pc) => `Convertir la copia de ${pc} en un laboratorio`,
  dropCopy: 'Borrar',
  dropCopyOf: (pc) => `Borrar la copia de ${pc}`,
  dropTitle: '¿Borrar esta copia?',
  dropText: (pc, when) =>
    `Lo que «${pc}» aún tenía de este laboratorio cuando se perdió ${at(when)} se borra para siempre. Su trabajo guardado se queda.`,
  dropButton: 'Borrar para siempre',
};
