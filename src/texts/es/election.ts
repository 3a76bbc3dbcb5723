import type { DamageReason } from '../../election/errors.ts';
import type { ChangeRefusal } from '../../election/index.ts';
import type { electionErrors as english } from '../en/election.ts';

const damages: Record<DamageReason, string> = {
  file_missing: 'falta un archivo',
  file_size: 'un archivo no tiene la longitud con la que se escribió',
  current: 'el archivo que señala la lista de archivos está roto',
  manifest: 'la lista de archivos está rota',
  log_checksum: 'se alteraron o cortaron entradas confirmadas del archivo más reciente',
  log_format: 'el archivo más reciente contiene algo que nunca se escribió',
  table_checksum: 'un archivo cambió después de escribirse',
  entry_checksum: 'una entrada cambió después de escribirse',
  entry_gap: 'falta una entrada en medio',
  entries_lost: 'faltan las últimas entradas confirmadas',
  meta_checksum: 'se alteró un dato sobre el propio almacén',
  meta_missing: 'falta un dato sobre el propio almacén',
  snapshot_checksum: 'la instantánea del estado se alteró o está incompleta',
  mark_missing: 'falta la marca de lo confirmado',
  mark_checksum: 'la marca de lo confirmado está rota',
  database: 'la base de datos no se abre',
};

const refusals: Record<ChangeRefusal, string> = {
  not_leader: 'el mando se está entregando en este momento',
  pending: 'otro cambio de este tipo no ha terminado todavía',
  too_early: 'el maestro acaba de ser elegido y aún no ha confirmado nada',
  behind: 'ese nodo no responde o todavía no está al día con el registro',
  no_member: 'no participa con ese papel',
  no_change: 'ya tiene ese papel',
  last_voter: 'es el último que vota, y sin él no se podría guardar nada',
  too_many: 'ya hay tantos como puede haber',
};

const waitAMoment = 'Inténtelo de nuevo en unos segundos.';
const refusalHints: Partial<Record<ChangeRefusal, string>> = {
  not_leader: waitAMoment,
  pending: waitAMoment,
  too_early: waitAMoment,
  behind: 'Espere a que ese nodo funcione y esté al día, e inténtelo de nuevo.',
  last_voter: 'Haga antes que otro nodo vote.',
  too_many: 'Quite antes uno.',
};

const mib = (bytes: number): string =>
  `${(bytes / 1024 / 1024).toFixed(bytes < 10 * 1024 * 1024 ? 1 : 0).replace('.', ',')} MiB`;

export const electionErrors: typeof english = {
  'log.disk_full': ({ dir, freeBytes, neededBytes }) => ({
    message: `El disco que guarda el registro de la nube (${dir}) está lleno: quedan ${mib(freeBytes)}. No se puede guardar nada nuevo; lo guardado está a salvo y se puede leer.`,
    hint: `Libere al menos ${mib(neededBytes)} en ese disco. Un segundo después se vuelve a guardar sin hacer nada más.`,
  }),
  'log.timeout': ({ timeoutMs, maybe }) => ({
    message: maybe
      ? `La nube no lo confirmó en ${timeoutMs / 1000} s. Todavía puede surtir efecto.`
      : `La nube no llegó a atenderlo en ${timeoutMs / 1000} s. No se cambió nada.`,
    hint: maybe
      ? 'Compruebe si surtió efecto antes de repetirlo.'
      : 'Vuelva a intentarlo dentro de un momento.',
  }),
  'log.stopped': ({ maybe }) => ({
    message: maybe
      ? 'Este nodo se detuvo mientras guardaba. Puede que el cambio haya surtido efecto.'
      : 'Este nodo está arrancando o deteniéndose y ahora no admite cambios. No se cambió nada.',
    hint: 'Vuelva a intentarlo cuando el nodo esté en marcha; `labmesh status` lo indica.',
  }),
  'log.not_master': ({ master }) => ({
    message:
      master === null
        ? 'La nube no tiene maestro en este momento, así que no se puede cambiar nada.'
        : `Este nodo no es el maestro; lo es ${master}.`,
    hint:
      master === null
        ? 'Vuelva a intentarlo dentro de unos segundos.'
        : 'Vuelva a intentarlo; el cambio se envía al maestro.',
  }),
  'log.deposed': () => ({
    message: 'Otro equipo pasó a ser el maestro mientras esto se guardaba. Todavía puede surtir efecto.',
    hint: 'Mire si surtió efecto antes de intentarlo de nuevo.',
  }),
  'log.change_refused': ({ reason, nodeId }) => ({
    message: `El papel de ${nodeId} en el registro de la nube no cambió: ${refusals[reason]}.`,
    hint: refusalHints[reason] ?? 'Mire la lista de nodos: quizá ya esté como usted quiere.',
  }),
  'log.has_quorum': ({ master }) => ({
    message: `La nube tiene maestro (${master}), así que no hay nada que recuperar. No se cambió nada.`,
    hint: 'Para quitar un equipo perdido, retírelo en la lista de nodos.',
  }),
  'log.nothing_to_recover': ({ dir }) => ({
    message: `En ${dir} no hay ninguna nube con la que este nodo pueda seguir. No se cambió nada.`,
    hint: 'Recupere en un nodo que haya sido parte de la nube y tenga su registro, o restaure una copia de seguridad: `labmesh cloud restore FILE`.',
  }),
  'log.too_large': ({ bytes, maxBytes }) => ({
    message: `Es demasiado para un solo cambio: ${mib(bytes)}; el límite es ${mib(maxBytes)}.`,
    hint: 'Divídalo en varios; por ejemplo, una importación en varios archivos.',
  }),
  'log.not_json': ({ reason }) => ({
    message: `Este cambio no se puede poner por escrito (${reason}).`,
    hint: 'Es un defecto de labmesh. Comuníquelo con esta frase, por favor.',
  }),
  'log.overloaded': ({ queued }) => ({
    message: `Ya hay ${queued} cambios a la espera de guardarse, así que este no se admitió.`,
    hint: 'Vuelva a intentarlo dentro de unos segundos. Si continúa, el disco de este nodo es demasiado lento: `labmesh doctor`.',
  }),
  'log.write_failed': ({ dir, reason }) => ({
    message: `El disco que guarda el registro de la nube (${dir}) rechazó una escritura: ${reason}. Lo guardado está a salvo y se puede leer.`,
    hint: 'Revise el estado y el montaje de ese disco (`dmesg`). En cuanto funcione, se vuelve a guardar sin hacer nada más.',
  }),
  'log.in_use': ({ dir, pid }) => ({
    message: `Otro labmesh${pid === null ? '' : ` (proceso ${pid})`} ya trabaja con ${dir}.`,
    hint: 'Detenga primero ese, o dé a este otra carpeta con --data.',
  }),
  'log.damaged': ({ dir, reason, file, detail }) => ({
    message: `El registro de la nube en ${dir} está dañado: ${damages[reason]} (${file}: ${detail}). El nodo no arranca, para que nada se pierda sin que se note; no se ha cambiado nada.`,
    hint: 'Guarde una copia de la carpeta. Después restaure una copia de seguridad en una carpeta vacía (`labmesh cloud restore FILE`) o, si otros nodos de la nube están bien, vuelva a unirse desde aquí. Revise el disco: un daño así rara vez viene solo.',
  }),
  'log.wrong_node': ({ dir, expected, found }) => ({
    message: `El registro de ${dir} pertenece al nodo ${found}; este es el nodo ${expected}.`,
    hint: 'No se puede copiar una carpeta de datos para crear otro nodo. Únase con un token y una carpeta vacía.',
  }),
  'log.too_new': ({ dir, found, supported }) => ({
    message: `El registro de ${dir} lo escribió un labmesh más nuevo (formato ${found}; este conoce hasta el ${supported}).`,
    hint: 'Vuelva a instalar el labmesh más nuevo. Para volver atrás hace falta una copia de seguridad anterior a la actualización.',
  }),
  'log.machine_failed': ({ index, reason }) => ({
    message: `La entrada ${index} del registro no se pudo aplicar en este nodo (${reason}), así que no aplica ninguna más.`,
    hint: 'Es un defecto de labmesh. Reinicie el nodo; si se repite, comuníquelo junto con el diario del nodo.',
  }),
  'log.core_failed': ({ reason }) => ({
    message: `Este nodo ya no toma parte en el acuerdo de la nube (${reason}). Lo guardado está a salvo; los demás nodos siguen.`,
    hint: 'Reinicie el nodo. Si se repite y el nodo se dio por perdido en una recuperación, vuelva a unirlo con una carpeta de datos vacía; si no, comuníquelo.',
  }),
  'log.torn_tail': ({ file, bytes }) => ({
    message: `En su último arranque el nodo encontró ${bytes} bytes a medio escribir al final de ${file} y los cortó. Nunca se habían confirmado: no se ha perdido nada.`,
    hint: 'No hay nada que hacer. Si aparece sin un corte de corriente ni una caída, revise el disco.',
  }),
  'log.snapshot_failed': ({ reason }) => ({
    message: `No se pudo acortar el registro (${reason}). Funciona, pero crece.`,
    hint: 'Se vuelve a intentar sin hacer nada más. Si persiste, comuníquelo.',
  }),
  'backup.exists': ({ file }) => ({
    message: `${file} ya existe; una copia de seguridad nunca sustituye un archivo.`,
    hint: 'Elija otro nombre o aparte ese archivo.',
  }),
  'backup.not_empty': ({ dir }) => ({
    message: `${dir} no está vacía; una copia de seguridad solo se restaura en una carpeta vacía.`,
    hint: 'Detenga el nodo, aparte su carpeta de datos y restaure de nuevo.',
  }),
  'backup.not_found': ({ file }) => ({
    message: `No se puede leer ${file}.`,
    hint: 'Compruebe el nombre y quién puede leerlo.',
  }),
  'backup.not_a_backup': ({ file }) => ({
    message: `${file} no es una copia de seguridad de labmesh.`,
    hint: 'Use un archivo creado con `labmesh cloud backup`.',
  }),
  'backup.damaged': ({ file, reason }) => ({
    message: `La copia de seguridad ${file} está dañada: ${reason}. No se restauró nada.`,
    hint: 'Use otra copia de seguridad, u otro ejemplar de esta.',
  }),
  'backup.too_new': ({ file, found, supported }) => ({
    message: `La copia de seguridad ${file} la hizo un labmesh más nuevo (formato ${found}; este conoce hasta el ${supported}).`,
    hint: 'Restáurela con el labmesh que la hizo, o con uno más nuevo.',
  }),
  'backup.write_failed': ({ file, reason }) => ({
    message: `No se pudo escribir la copia de seguridad en ${file}: ${reason === 'ENOSPC' ? 'ese disco está lleno' : reason}. No quedó allí ninguna parte.`,
    hint: 'Compruebe la carpeta, su espacio y quién puede escribir en ella, y vuelva a intentarlo.',
  }),
};
