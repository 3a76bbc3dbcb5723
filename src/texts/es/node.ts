/** Frases para los códigos de `node/`: lo que este PC no puede hacer y lo que encuentra el diagnóstico. */
import type { DoctorCodes, NodeErrors } from '../../node/errors.ts';
import type { Catalogue } from '../sentence.ts';

const timing = (ms: number | null) =>
  ms === null ? 'no terminó' : `tardó ${(ms / 1000).toFixed(1).replace('.', ',')} s`;
const NOTHING = 'No hay nada que hacer.';

export const nodeErrors: Catalogue<NodeErrors & DoctorCodes> = {
  'node.data_dir': (d) => ({
    message: `No se puede usar la carpeta de datos ${d.dir}: ${d.reason}.`,
    hint: 'Ejecute labmesh como root o indique otra carpeta con --data.',
  }),
  'node.identity_damaged': (d) => ({
    message: `No se puede leer el archivo ${d.file}, que dice quién es este nodo.`,
    hint: 'Recupérelo de una copia de la carpeta de datos. Sin él, la carpeta no pertenece a ningún nodo.',
  }),
  'node.other_cloud': (d) => ({
    message: `La carpeta ${d.dir} es de un nodo de otra nube.`,
    hint: 'Inícielo con `labmesh up` como lo que es, o únase con otra carpeta: `labmesh join TOKEN --data DIR`.',
  }),
  'node.no_copy': (d) => ({
    message: `La nube admitió este PC, pero su registro no llegó en ${d.seconds} segundos.`,
    hint: 'Compruebe que los puertos de la malla están abiertos entre los PC y ejecute `labmesh up`.',
  }),
  'node.retired_here': ({ node, by, at }) => ({
    message: `Este PC (${node}) fue dado de baja${by === '' ? '' : ` por ${by}`} el ${new Date(at).toISOString().slice(0, 16).replace('T', ' a las ')} UTC: ya no es de la nube y aquí no se puede cambiar nada.`,
    hint: 'Para usarlo de nuevo: detenga labmesh en este PC, vacíe su carpeta de datos y ejecute `labmesh join` con una invitación nueva. Lo guardado solo aquí se va con esa carpeta.',
  }),
  'node.stopping': () => ({
    message: 'Este PC está dejando la nube en este momento.',
    hint: 'Abra la página de otro PC.',
  }),
  'node.host_off': () => ({
    message: 'Este PC participa sin ejecutar laboratorios: se inició con --no-host.',
    hint: 'Inícielo sin --no-host para que pueda ejecutarlos.',
  }),
  'node.host_starting': () => ({
    message: 'Este PC todavía está averiguando cómo puede ejecutar laboratorios.',
    hint: 'Espere unos segundos y vuelva a intentarlo.',
  }),
  'vm.no_console': (d) => ({
    message: `"${d.name}" no tiene pantalla ahora porque no está en marcha.`,
    hint: 'Inícielo y después abra su pantalla.',
  }),
  'vm.image_not_here': (d) => ({
    message: `La imagen "${d.image}" no está en este PC.`,
    hint: 'Su página, o «labmesh image show», dice qué PC la tienen: pídalo allí, o haga que se copie antes a este PC.',
  }),
  'vm.vanished': () => ({
    message: 'Su máquina virtual desapareció del PC: alguien la quitó fuera de labmesh.',
    hint: 'Inícielo de nuevo; lo guardado en su disco sigue ahí.',
  }),
  'vm.host_stopped': () => ({
    message: 'Alguien lo apagó en el propio PC, fuera de labmesh.',
    hint: 'Inícielo de nuevo.',
  }),
  'vm.disk_full': () => ({
    message: 'Está en pausa porque el disco de su PC está lleno.',
    hint: 'Seguirá por sí solo cuando haya sitio. Un administrador puede borrar laboratorios o imágenes de ese PC.',
  }),
  'vm.image_coming': () => ({
    message: 'Su imagen aún está llegando a su PC mientras funciona.',
    hint: 'Puede ir más lento de lo habitual hasta que llegue todo.',
  }),
  'vm.image_waits': (d) => ({
    message:
      d.nodes.length === 0
        ? 'Espera una parte de su imagen, que ningún PC está enviando.'
        : `Espera su imagen: ${d.nodes.join(', ')} no ${d.nodes.length === 1 ? 'responde' : 'responden'}.`,
    hint: 'Seguirá por sí solo, sin daños, cuando responda un PC que tenga la imagen. Encienda uno de ellos.',
  }),
  'vm.image_away': () => ({
    message: 'Está en pausa: la parte de labmesh que le da su imagen se está iniciando de nuevo.',
    hint: 'Seguirá por sí solo en un momento. Si no, mire serve.log en la carpeta de datos de su PC.',
  }),
  'vm.save_lost': () => ({
    message: 'Su memoria guardada ya no está en el PC, así que no puede seguir donde estaba.',
    hint: 'Inícielo: su disco está como estaba al suspenderlo.',
  }),
  'orphan.not_ours': (d) => ({
    message: `La máquina virtual "${d.name}" no es de esta nube y se queda como está.`,
    hint: 'Quítela con la herramienta que la creó, por ejemplo virsh.',
  }),
  'orphan.unknown': () => ({
    message: 'Ese resto ya no está en este PC.',
    hint: 'Vuelva a mirar la lista.',
  }),
  'import.not_local': () => ({
    message: 'Solo root puede importar un archivo de un PC, y en ese mismo PC.',
    hint: 'Suba el archivo desde la página.',
  }),
  'authority.files': (d) => ({
    message: `El archivo ${d.path} de los certificados de este PC no se puede usar: ${d.reason}.`,
    hint: 'Compruebe que el disco no esté lleno y que la carpeta sea del usuario de labmesh.',
  }),
  'authority.damaged': (d) => ({
    message: `La autoridad de la nube en ${d.path} no se puede usar: ${d.reason}.`,
    hint: 'Recupere la carpeta de una copia, o copie los dos archivos de la autoridad desde otro PC que vote.',
  }),
  'authority.no_key': () => ({
    message: 'Este PC no puede firmar certificados: no tiene la clave de la autoridad.',
    hint: 'Pídalo a un PC que vote. Si se han perdido todos, recupere la nube de una copia.',
  }),
  'authority.expired': (d) => ({
    message: `La autoridad de la nube caducó el ${new Date(d.expiredAt).toISOString().slice(0, 10)}.`,
    hint: 'Compruebe primero el reloj de este PC. Si es correcto, la nube necesita otra autoridad.',
  }),
  'authority.request': (d) => ({
    message: `Se denegó un certificado para el PC ${d.nodeId}: ${d.reason}.`,
    hint: 'Revise el nombre de ese PC y su --advertise, y vuelva a iniciarlo.',
  }),
  'authority.certificate': (d) => ({
    message: `Este PC recibió un certificado que no puede usar: ${d.reason}.`,
    hint: 'Compruebe que los relojes de los PC coincidan y que esta carpeta de datos sea de esta nube.',
  }),

  'doctor.libvirt': (d) => ({
    message: `libvirt ${d.libvirtVersion} responde, con QEMU ${d.qemuVersion}.`,
    hint: NOTHING,
  }),
  'doctor.accel_kvm': (d) => ({
    message: `Los laboratorios usan KVM${d.forced ? ', como indica el ajuste' : `: su prueba ${timing(d.kvmMs)}`}.`,
    hint: NOTHING,
  }),
  'doctor.accel_tcg': (d) => ({
    message: d.forced
      ? 'Los laboratorios usan emulación por software, como indica --accel. Es unas diez veces más lenta que KVM.'
      : `Los laboratorios usan emulación por software: su prueba ${timing(d.tcgMs)}, la de KVM ${timing(d.kvmMs)}.`,
    hint: 'Active la virtualización (VT-x o AMD-V) en el firmware del PC y cargue el módulo kvm_intel o kvm_amd.',
  }),
  'doctor.accel_unknown': () => ({
    message: 'Cómo funcionarían los laboratorios aquí solo se sabe cuando libvirt responde.',
    hint: 'Si este PC debe ejecutar laboratorios, mire la línea sobre libvirt.',
  }),
  'doctor.not_measured': () => ({
    message: 'No se pudo medir el disco.',
    hint: 'Busque el motivo en el registro del nodo.',
  }),
  'doctor.disk': (d) => ({
    message: `Hay ${d.freeGiB} de ${d.totalGiB} GB libres en el disco.`,
    hint: NOTHING,
  }),
  'doctor.disk_low': (d) => ({
    message: `Solo quedan ${d.freeGiB} de ${d.totalGiB} GB libres en el disco.`,
    hint: 'Borre imágenes o laboratorios que nadie necesite, o ponga un disco mayor.',
  }),
  'doctor.disk_full': (d) => ({
    message: `El disco está lleno: quedan ${d.freeGiB} de ${d.totalGiB} GB. Los laboratorios se detienen y nada se puede guardar.`,
    hint: 'Libere espacio ya: borre laboratorios o imágenes que nadie necesite, u otros archivos de este PC.',
  }),
  'doctor.data': (d) => ({ message: `Se puede escribir en la carpeta de datos ${d.dir}.`, hint: NOTHING }),
  'doctor.data_readonly': (d) => ({
    message: `No se puede escribir en la carpeta de datos ${d.dir}.`,
    hint: 'Compruebe a quién pertenece y si su sistema de archivos está montado en solo lectura.',
  }),
  'doctor.clock': () => ({ message: 'El reloj concuerda con lo que la nube ya ha visto.', hint: NOTHING }),
  'doctor.clock_behind': (d) => ({
    message: `El reloj va ${d.seconds} s por detrás de lo que la nube ya ha visto; los turnos acaban tarde en esa medida.`,
    hint: 'Active la sincronización de la hora: timedatectl set-ntp true.',
  }),
  'doctor.no_master': (d) => ({
    message: `Ningún PC es el maestro: responden ${d.alive} de ${d.voters} votantes. Ahora no se puede cambiar nada.`,
    hint: 'Encienda los PC que faltan.',
  }),
  'doctor.one_voter': () => ({
    message: 'Solo este PC guarda los datos de la nube; ningún otro PC tiene todavía una copia.',
    hint: 'Haga una copia de seguridad de vez en cuando: labmesh cloud backup ARCHIVO.',
  }),
  'doctor.quorum': (d) => ({
    message: `Responden ${d.alive} de ${d.voters} votantes; pueden fallar ${d.mayFail} más.`,
    hint: NOTHING,
  }),
  'doctor.images': () => ({ message: 'Las imágenes de este PC son las que la nube conoce.', hint: NOTHING }),
  'doctor.images_damaged': (d) => ({
    message: `Hay imágenes en este PC que no se pueden leer: ${d.versions.join(', ')}.`,
    hint: 'Revise el disco y después importe esas imágenes de nuevo.',
  }),
  'doctor.images_missing': (d) => ({
    message: `Faltan en este PC imágenes que deberían estar: ${d.versions.join(', ')}.`,
    hint: 'Impórtelas de nuevo; hasta entonces sus laboratorios no se pueden iniciar.',
  }),
  'doctor.images_stray': (d) => ({
    message: `En este PC hay imágenes que la nube no conoce: ${d.versions.join(', ')}.`,
    hint: 'Ocupan sitio y no hacen daño. Si no va a recuperar una copia de seguridad, borre sus carpetas a mano.',
  }),
  'doctor.orphans_none': () => ({
    message: 'La nube conoce todas las máquinas virtuales de este PC.',
    hint: NOTHING,
  }),
  'doctor.orphans': (d) => ({
    message: `Máquinas virtuales de este PC que la nube no conoce: ${d.count}.`,
    hint: 'Mírelas en la página del PC; las que creó esta nube se pueden quitar allí.',
  }),
};
