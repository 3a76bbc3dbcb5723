import type { ImagesErrorData, UrlErrors } from '../../images/errors.ts';
import type { Catalogue } from '../sentence.ts';
import { bytes } from './figures.ts';

export const imagesErrors: Catalogue<Omit<ImagesErrorData, keyof UrlErrors>> = {
  'images.bad_id': (d) => ({
    message: `«${d.value}» no es un identificador.`,
    hint: 'Tome el identificador de la lista de imágenes.',
  }),
  'images.bad_request': (d) => ({
    message: `El campo «${d.field}» falta o está fuera de los límites.`,
    hint: 'Corríjalo y envíe la petición de nuevo.',
  }),
  'images.version_exists': (d) => ({
    message: `La versión ${d.versionId} ya está en este equipo.`,
    hint: 'Las versiones no cambian nunca: importe el archivo como una versión nueva.',
  }),
  'images.version_unknown': (d) => ({
    message: `La versión ${d.versionId} no está en este equipo.`,
    hint: 'Mire en la página de la imagen qué equipos la tienen.',
  }),
  'images.busy': (d) => ({
    message: `Otra operación está usando la versión ${d.versionId}.`,
    hint: 'Espere a que termine, o cancélela.',
  }),
  'images.version_incomplete': (d) => ({
    message: `En este equipo solo hay ${d.present} de los ${d.chunks} fragmentos de la versión ${d.versionId}.`,
    hint: 'Espere a que llegue el resto.',
  }),
  'images.manifest_invalid': (d) => ({
    message: `La descripción de una versión de imagen no sirve: ${d.reason}.`,
    hint: 'Elimine esta copia y vuelva a descargar o importar la imagen.',
  }),
  'images.source_missing': (d) => ({
    message: `No existe el archivo «${d.name}» en ese lugar.`,
    hint: 'Revise la ruta. Se busca en el equipo del nodo, no en el suyo.',
  }),
  'images.source_unreadable': (d) => ({
    message: `No se puede leer el archivo «${d.name}» (${d.reason}).`,
    hint: 'Dé permiso de lectura al usuario que ejecuta labmesh.',
  }),
  'images.source_not_file': (d) => ({
    message: `«${d.name}» no es un archivo corriente.`,
    hint: 'Indique la ruta de un archivo. Un dispositivo hay que copiarlo antes a un archivo.',
  }),
  'images.source_empty': (d) => ({
    message: `El archivo «${d.name}» está vacío.`,
    hint: 'Seguramente falló la descarga o la copia anterior: repítala.',
  }),
  'images.source_changed': (d) => ({
    message: `Alguien escribió en «${d.name}» mientras se importaba, así que no se ha guardado nada.`,
    hint: 'Apague la máquina virtual o cierre el programa que usa el archivo y vuelva a importarlo.',
  }),
  'images.not_an_image': (d) => ({
    message: `«${d.name}» no es una imagen de disco: sus bytes no encajan en ningún formato conocido y no tiene sector de arranque.`,
    hint: 'Traiga un archivo qcow2, raw, VMDK, VDI, OVA o ISO. Si de verdad son los bytes de un disco, tómelo como disco en bruto (--raw).',
  }),
  'images.format_unsupported': (d) => ({
    message: `Es un archivo del tipo ${d.format}, que no se puede importar.`,
    hint: 'Descomprímalo o conviértalo antes a qcow2 (qemu-img convert -O qcow2) e importe el resultado.',
  }),
  'images.encrypted': (d) => ({
    message: `La imagen está cifrada (${d.format}): sin su clave nadie podría iniciarla.`,
    hint: 'Conviértala en una sin cifrar allí donde tenga la clave, e importe esa.',
  }),
  'images.backing_file': (d) => ({
    message: `La imagen ${d.format} es solo una capa sobre otra${named(d.reference)}. No se aceptan imágenes que nombran otros archivos.`,
    hint: 'Una antes las capas: qemu-img convert -O qcow2 CAPA COMPLETA.qcow2, o borre las instantáneas en su programa; después importe el resultado.',
  }),
  'images.external_data': (d) => ({
    message: `El archivo ${d.format} guarda sus datos en otro archivo${named(d.reference)}. No se aceptan imágenes que nombran otros archivos.`,
    hint: 'Conviértalo en un solo archivo (qemu-img convert -O qcow2, o exporte un OVA) e importe ese.',
  }),
  'images.truncated': (d) => ({
    message: `El archivo ${d.format} está cortado: tiene ${bytes(d.haveBytes)} y sus propias tablas necesitan ${bytes(d.needBytes)}.`,
    hint: 'Descárguelo o cópielo otra vez y compare la suma de comprobación.',
  }),
  'images.damaged': (d) => ({
    message: `El archivo ${d.format} está dañado: ${d.detail}.`,
    hint: 'Descárguelo o cópielo otra vez y compare la suma de comprobación.',
  }),
  'images.base_damaged': (d) => ({
    message: `El fragmento ${d.chunk} de la versión que hay bajo este disco está dañado en este PC: lo que se haga sobre él también lo estaría.`,
    hint: 'Compruebe la imagen en este PC: se repara desde otro que la tenga. Después inténtelo otra vez; no se ha tocado nada de la máquina.',
  }),
  'images.too_large': (d) => ({
    message: `El disco dice tener ${bytes(d.virtualBytes)}; se aceptan ${bytes(d.limitBytes)} como máximo.`,
    hint: 'Reduzca el disco, o pida a un administrador que suba el límite en los ajustes.',
  }),
  'images.no_space': (d) => ({
    message: `La imagen necesita ${bytes(d.needBytes)} y el disco tiene libres ${bytes(d.freeBytes)}, de los que ${bytes(d.reserveBytes)} se reservan para las máquinas en marcha. No se ha escrito nada.`,
    hint: 'Elimine imágenes que nadie use, o importe en un equipo con más sitio.',
  }),
  'images.disk_full': () => ({
    message: 'El disco se llenó a mitad del trabajo. Lo que se había escrito se ha eliminado.',
    hint: 'Haga sitio en este equipo y empiece de nuevo.',
  }),
  'images.ova_unsafe_entry': (d) => ({
    message: `El OVA contiene «${d.entry}», que no debería estar ahí (${unsafe(d.reason)}).`,
    hint: 'Exporte el OVA otra vez desde VirtualBox o VMware, sin modificarlo.',
  }),
  'images.ova_no_descriptor': (d) => ({
    message: `«${d.name}» es un archivo tar sin la descripción de una máquina virtual (.ovf).`,
    hint: 'Si es un archivo comprimido con una imagen dentro, extráigala e importe la imagen.',
  }),
  'images.ova_bad_descriptor': (d) => ({
    message: `No se puede leer la descripción de la máquina virtual del OVA: ${d.reason}.`,
    hint: 'Exporte el OVA otra vez.',
  }),
  'images.ova_disks': (d) => ({
    message: `El OVA tiene ${d.count} discos; una imagen tiene exactamente uno.`,
    hint: 'Quite los demás discos de la máquina antes de exportar, o extraiga el OVA (tar -xf) e importe el disco que necesite.',
  }),
  'images.ova_missing_disk': (d) => ({
    message: `El OVA habla de un disco «${d.entry}» que no está dentro.`,
    hint: 'Exporte el OVA otra vez.',
  }),
  'images.ova_checksum': (d) => ({
    message: `«${d.entry}», dentro del OVA, no coincide con la suma de comprobación que da el propio OVA.`,
    hint: 'Descargue o copie el OVA otra vez.',
  }),
  'images.tool_missing': (d) => ({
    message: `El programa ${d.tool} no está instalado en este equipo.`,
    hint: 'Instálelo: apt install qemu-utils.',
  }),
  'images.tool_failed': (d) => ({
    message: `${d.tool} falló: ${d.detail}.`,
    hint: 'Inténtelo otra vez; si se repite, mire el registro de este equipo.',
  }),
  'images.timed_out': (d) => ({
    message: `La imagen seguía sin terminar después de ${d.seconds} segundos y se detuvo.`,
    hint: 'El disco es muy lento o el archivo no acaba nunca. Pruebe en otro equipo.',
  }),
  'images.over_limit': (d) => ({
    message: `La lectura de la imagen superó ${limitName(d.limit)} y se detuvo.`,
    hint: 'Una imagen honrada no hace eso. Si se fía de ella, conviértala usted con qemu-img e importe el resultado.',
  }),
  'images.cancelled': () => ({
    message: 'Cancelado. No se ha guardado nada.',
    hint: 'Empiece de nuevo cuando quiera.',
  }),
  'images.serving_failed': (d) => ({
    message: `La parte de labmesh que da las imágenes a las máquinas no arrancó en ${Math.round(d.afterMs / 1000)} s en este PC.`,
    hint: 'En serve.log, en la carpeta de datos, está el motivo. Se intenta de nuevo; reiniciar el PC puede ayudar.',
  }),
  'images.not_served': (d) => ({
    message: `La imagen de este PC no se puede dar a la máquina: ${d.reason}.`,
    hint: 'Compruebe la imagen en su página. Una copia dañada se trae de nuevo desde otro PC.',
  }),
  'images.no_source': (d) => ({
    message:
      d.asked === 0
        ? 'Ningún PC encendido tiene una copia de la imagen.'
        : `Ninguno de los ${d.asked} PC que tienen la imagen pudo enviarla${d.code === 'images.wrong_chunk' ? ': lo recibido está dañado' : ''}.`,
    hint: 'Encienda un PC que tenga la imagen, o impórtela de nuevo. Lo que ya ha llegado se conserva.',
  }),
  'images.wrong_chunk': (d) => ({
    message: `La parte ${d.chunk} de la imagen llegó dañada.`,
    hint: 'Compruebe la imagen en el PC que la envió: puede que su disco esté fallando.',
  }),
  'images.cut_off': (d) => ({
    message: `La transferencia de la imagen se detuvo en la parte ${d.chunk}.`,
    hint: 'Inténtelo otra vez: lo que ya ha llegado se conserva.',
  }),
  'images.export_exists': (d) => ({
    message: `El archivo ${d.file} ya existe.`,
    hint: 'Elija otro nombre, o elimine antes ese archivo.',
  }),
  'images.export_unwritable': (d) => ({
    message: `No se puede escribir el archivo ${d.file} (${d.reason}).`,
    hint: 'Revise la carpeta y sus permisos.',
  }),
  'images.upload_unknown': () => ({
    message: 'Esta subida no existe, o se abandonó porque no llegó ningún byte durante demasiado tiempo.',
    hint: 'Empiece la subida de nuevo.',
  }),
  'images.upload_wrong_offset': (d) => ({
    message: `La subida continúa en el byte ${d.offset}, no donde empieza este trozo.`,
    hint: `Envíe el archivo a partir del byte ${d.offset}.`,
  }),
  'images.upload_too_long': (d) => ({
    message: `Llegaron más bytes que los ${bytes(d.sizeBytes)} anunciados. El trozo no se ha guardado.`,
    hint: 'Seguramente el archivo ha cambiado: empiece la subida de nuevo.',
  }),
  'images.upload_piece_too_large': (d) => ({
    message: `Un trozo de una subida puede tener ${bytes(d.limitBytes)} como máximo. El trozo no se ha guardado.`,
    hint: 'Envíe trozos más pequeños.',
  }),
  'images.upload_busy': () => ({
    message: 'Otro trozo de esta subida está llegando ahora mismo.',
    hint: 'Envíe los trozos uno detrás de otro.',
  }),
  'images.upload_incomplete': (d) => ({
    message: `Solo han llegado ${bytes(d.offset)} de ${bytes(d.sizeBytes)}.`,
    hint: `Envíe el resto, a partir del byte ${d.offset}.`,
  }),
  'images.upload_wrong_sum': (d) => ({
    message: `Lo que ha llegado no es el archivo anunciado: su SHA-256 es ${d.actual} y se anunció ${d.expected}. Se ha eliminado.`,
    hint: 'El archivo cambió por el camino o a mitad de la subida: empiece la subida de nuevo.',
  }),
  'images.upload_too_many': (d) => ({
    message: `Ya hay ${d.limit} subidas abiertas, que es el límite.`,
    hint: 'Termine o descarte antes una de ellas.',
  }),
};

function named(reference: string): string {
  return reference === '' ? '' : ` («${reference}»)`;
}

function limitName(limit: string): string {
  return limit === 'memory' ? 'la memoria permitida' : 'el tamaño de salida permitido';
}

function unsafe(reason: string): string {
  const reasons: Record<string, string> = {
    link: 'un enlace a otro archivo',
    special: 'no es un archivo corriente',
    path: 'una ruta en lugar de un nombre',
    name: 'sin nombre',
    doubled: 'el nombre aparece dos veces',
    too_many: 'demasiadas entradas',
    override: 'cambia el nombre de la entrada siguiente',
  };
  return reasons[reason] ?? reason;
}
