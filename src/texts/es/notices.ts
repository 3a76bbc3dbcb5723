import type { notices as en } from '../en/notices.ts';
import { formatDuration, formatNumber, formatTime } from '../format.ts';
import { word } from '../word.ts';
import { operations } from './words.ts';

const lab = (name: string | undefined) => (name ? `El laboratorio «${name}»` : 'El laboratorio');

export const notices: typeof en = {
  'image.imported': ({ image }) => ({
    message: `La imagen «${image}» está lista.`,
    hint: 'Arranque un laboratorio con ella o enlácela a un curso.',
  }),
  'image.import_failed': ({ image, cause }, say) => {
    const why = say(cause);
    return { message: `La imagen «${image}» no se ha importado. ${why.message}`, hint: why.hint };
  },
  'image.published': ({ image, number: version }) => ({
    message:
      version === 1
        ? `La imagen «${image}» está lista.`
        : `La versión ${formatNumber(version, 'es')} de la imagen «${image}» está lista: los laboratorios nuevos la toman.`,
    hint: 'Los laboratorios que ya existen conservan la versión con la que se hicieron.',
  }),
  'image.publish_failed': ({ image, vm, cause }, say) => {
    const why = say(cause);
    return {
      message: `El laboratorio «${vm}» no se ha publicado como «${image}». ${why.message} Lo que se cambió sigue allí.`,
      hint: why.hint,
    };
  },
  'image.damaged': ({ image, node, chunks }) => ({
    message: `El disco de ${node} ha dañado ${formatNumber(chunks, 'es')} MB de la imagen «${image}». Se traen de nuevo de otro PC.`,
    hint: 'Si vuelve a pasar en ese PC, su disco se está gastando: cámbielo.',
  }),
  'image.damaged_last': ({ image, node, chunks }) => ({
    message: `El disco de ${node} ha dañado ${formatNumber(chunks, 'es')} MB de la imagen «${image}», y ningún otro PC tiene una copia.`,
    hint: 'Vuelva a otra versión de la imagen o tráigala de nuevo; después cambie ese disco.',
  }),
  'image.repaired': ({ image, node }) => ({
    message: `La copia de la imagen «${image}» en ${node} vuelve a estar entera.`,
    hint: 'Si vuelve a pasar en ese PC, su disco se está gastando: cámbielo.',
  }),
  'image.edit_taken': ({ image, by }) => ({
    message: `${by} se ha hecho cargo de sus cambios en la imagen «${image}».`,
    hint: 'Acuerde con esa persona cómo seguir: el laboratorio con los cambios es ahora suyo.',
  }),
  'vm.failed': ({ vm, cause }, say) => {
    const why = cause ? say(cause) : null;
    return {
      message: `${lab(vm)} se ha averiado. ${why?.message ?? ''}`.trim(),
      hint:
        why?.hint ??
        'Arránquelo de nuevo; si vuelve a ocurrir, enseñe su registro a quien administra la nube.',
    };
  },
  'vm.stopped': () => ({
    message: 'El laboratorio se apagó antes de que esto terminara.',
    hint: 'Arránquelo de nuevo si lo necesita.',
  }),
  'vm.suspended': () => ({
    message: 'El laboratorio se suspendió antes de que esto terminara.',
    hint: 'Reanúdelo si lo necesita; no se ha perdido nada.',
  }),
  'vm.deleted': () => ({
    message: 'El laboratorio se borró antes de que esto terminara.',
    hint: 'Arranque uno nuevo si lo necesita.',
  }),
  'vm.running': () => ({
    message: 'En lugar de eso, el laboratorio siguió en marcha.',
    hint: 'Inténtelo otra vez; el apagado forzoso no pregunta al sistema de dentro.',
  }),
  'vm.lease_ended': ({ vm }) => ({
    message: `${lab(vm)} se ha suspendido porque se acabó su tiempo. No se ha perdido nada.`,
    hint: 'Reanúdelo para seguir donde estaba.',
  }),
  'vm.lease_warning': ({ vm, minutes, endsAt }) => ({
    message: `A ${lab(vm).replace('El', 'el')} le quedan ${minutes} minutos, hasta ${formatTime(endsAt, 'es')}.`,
    hint: 'Dele más tiempo si lo necesita; si no, se suspende con todo lo que tiene.',
  }),
  'vm.reclaimed': ({ vm, why, minutes }) => ({
    message:
      why === 'idle'
        ? `${lab(vm)} se ha suspendido porque nadie lo usó durante ${minutes} minutos. No se ha perdido nada.`
        : `${lab(vm)} se ha suspendido porque nadie lo abrió ni lo usó en ${minutes} minutos. No se ha perdido nada.`,
    hint: 'Arránquelo de nuevo cuando lo necesite.',
  }),
  'vm.save_failed': ({ vm, cause }, say) => {
    const why = say(cause);
    return {
      message: `El trabajo de${lab(vm).replace('El', 'l')} no se guarda como debería. ${why.message}`,
      hint: why.hint,
    };
  },
  'vm.work_alone': ({ copies, wanted }) => ({
    message: `Lo que se guardó está solo en ${copies === 1 ? 'un PC' : `${copies} PC`}, no en ${wanted}: ningún otro tiene sitio, o no hay otro.`,
    hint: 'Se copiará en cuanto un PC pueda recibirlo. Hasta entonces, guarde en otro sitio lo que más le importe.',
  }),
  'vm.recovered': ({ vm, node }) => ({
    message: `El PC «${node}» ha vuelto; lo que aún tenía de${lab(vm).replace('El', 'l')} se conserva como copia recuperada.`,
    hint: 'Mire el laboratorio: la copia figura ahí y se queda hasta que usted la borre.',
  }),
  'vm.preempt_soon': ({ vm, seconds }) => ({
    message: `${lab(vm)} se suspenderá dentro de ${formatDuration(seconds * 1000, 'es')} porque una petición que va antes necesita su sitio.`,
    hint: 'No se pierde nada; sigue por sí solo cuando vuelva a haber sitio.',
  }),
  'reservation.begun': ({ label, vm }) => ({
    message: `Empieza «${label}»: ${lab(vm).replace('El', 'el')} está arrancando para usted.`,
    hint: 'Ábralo en Mis laboratorios.',
  }),
  'reservation.cancelled': ({ label, by }) => ({
    message: `${by} quitó la reserva «${label}».`,
    hint: 'Haga otra si aún la necesita.',
  }),
  'reservation.failed': ({ label, at, zone, cause }, say) => {
    const why = say(cause);
    return {
      message: `La reserva «${label}» de ${formatTime(at, 'es', zone)} no pudo empezar. ${why.message}`,
      hint: why.hint,
    };
  },
  'reservation.at_risk': ({ label, at, zone, cause }, say) => ({
    message: `Quizá no se pueda cumplir la reserva «${label}» de ${formatTime(at, 'es', zone)}, porque se han perdido o han cambiado PC. ${say(cause).message}`,
    hint: 'Recupere los PC, reserve menos laboratorios o elija otra hora.',
  }),
  'reservation.safe': ({ label }) => ({
    message: `La reserva «${label}» se puede cumplir otra vez.`,
    hint: 'No hay que hacer nada.',
  }),
  'operation.timed_out': ({ seconds, kind, target }) => {
    const what = kind ? word(operations, kind) : 'Esto';
    const on = target ? ` («${target}»)` : '';
    const after = seconds === undefined ? '' : ` a los ${formatDuration(seconds * 1000, 'es')}`;
    return {
      message: `${what}${on} tardaba demasiado y se abandonó${after}.`,
      hint: 'Inténtelo otra vez; si vuelve a ocurrir, quien administra la nube verá la causa en Operaciones.',
    };
  },
  'command.unknown': ({ type }) => ({
    message: `Este PC no conoce la orden «${type}»: otro PC tiene un labmesh más nuevo.`,
    hint: 'Ponga todos los PC de la nube en la misma versión.',
  }),
  'command.fault': ({ type, reason }) => ({
    message: `labmesh ha cometido un error en «${type}»; no se ha cambiado nada. (${reason})`,
    hint: 'Comuníquelo con estas palabras; repetirlo puede no servir.',
  }),
  internal: ({ reference }) => ({
    message: `labmesh ha cometido un error y no ha podido terminar.${reference ? ` (${reference})` : ''}`,
    hint: 'Inténtelo otra vez. Si sigue igual, comuníquelo con el registro del PC.',
  }),
};
