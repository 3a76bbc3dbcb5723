/** Frases para los códigos de `hypervisor/`. */
import type { hypervisorErrors as english } from '../en/hypervisor.ts';
import { formatDuration } from '../format.ts';
import { bytes, number } from './figures.ts';

const ms = (value: number) => formatDuration(value, 'es');

export const hypervisorErrors: typeof english = {
  'hypervisor.libvirt_missing': ({ socket }) => ({
    message: `Este PC no aloja máquinas virtuales: nadie responde en el socket de libvirt ${socket}.`,
    hint: 'Instale e inicie libvirt («apt install libvirt-daemon-system qemu-system-x86», «systemctl start libvirtd») o indique su socket con --libvirt. El nodo lo detecta solo.',
  }),
  'hypervisor.libvirt_denied': ({ socket }) => ({
    message: `Este PC no aloja máquinas virtuales: el nodo no tiene permiso para abrir el socket de libvirt ${socket}.`,
    hint: 'Ejecute el nodo como root o añada su usuario al grupo «libvirt».',
  }),
  'hypervisor.libvirt_gone': () => ({
    message:
      'Se perdió la conexión con libvirt en este PC. Las máquinas virtuales en marcha siguen funcionando.',
    hint: 'El nodo se reconecta solo. Si esto dura, mire «systemctl status libvirtd».',
  }),
  'hypervisor.libvirt_silent': ({ afterMs }) => ({
    message: `libvirt no ha respondido en este PC durante ${ms(afterMs)}.`,
    hint: 'El nodo se reconecta solo. Si esto dura, reinicie libvirt («systemctl restart libvirtd»); las máquinas virtuales no sufren por ello.',
  }),
  'hypervisor.protocol': ({ reason }) => ({
    message: `Lo que responde como libvirt en este PC no habla su protocolo (${reason}).`,
    hint: 'Compruebe que --libvirt indica el socket de libvirtd y que libvirt es de la versión 6 o posterior.',
  }),
  'hypervisor.deadline': ({ procedure, afterMs }) => ({
    message: `libvirt no terminó «${procedure}» en ${ms(afterMs)}; puede que aún lo haga.`,
    hint: 'El nodo vuelve a mirar la máquina virtual por su cuenta. Si ocurre a menudo, el PC está sobrecargado o libvirt está bloqueado: reinicie libvirt.',
  }),
  'hypervisor.busy': ({ calls }) => ({
    message: `Hay ${number(calls)} peticiones a libvirt en curso en este PC; no se admiten más.`,
    hint: 'Inténtelo de nuevo en un momento. Si esto dura, libvirt está bloqueado: reinícielo.',
  }),
  'hypervisor.libvirt_failed': ({ reason }) => ({
    message: `libvirt lo rechazó: ${reason}`,
    hint: 'Lo que sigue a los dos puntos son palabras de libvirt. «labmesh doctor» en ese PC comprueba las causas habituales.',
  }),
  'hypervisor.qemu_missing': () => ({
    message: 'Este PC no aloja máquinas virtuales: libvirt está, pero QEMU no está instalado.',
    hint: 'Instálelo («apt install qemu-system-x86»). El nodo lo detecta solo.',
  }),
  'hypervisor.stopped': () => ({
    message: 'El nodo de este PC se está deteniendo y no acepta más trabajo para máquinas virtuales.',
    hint: 'Las máquinas en marcha siguen funcionando. Inicie el nodo de nuevo para gestionarlas.',
  }),
  'hypervisor.vm_unknown': ({ vmId }) => ({
    message: `La máquina virtual ${vmId} no está en este PC.`,
    hint: 'Puede que se haya borrado o trasladado. Mire la lista de máquinas virtuales.',
  }),
  'hypervisor.vm_id': ({ vmId }) => ({
    message: `«${vmId}» no puede ser el identificador de una máquina virtual.`,
    hint: 'Un identificador tiene como mucho 64 letras, cifras, «-» y «_».',
  }),
  'hypervisor.vm_not_running': ({ vmId }) => ({
    message: `La máquina virtual ${vmId} no está en marcha.`,
    hint: 'Iníciela primero.',
  }),
  'hypervisor.epoch_stale': ({ vmId, known, asked }) => ({
    message: `La máquina virtual ${vmId} se asignó de nuevo (asignación ${number(known)}); una petición para la asignación ${number(asked)} llegó tarde.`,
    hint: 'No se ha perdido nada ni hay que hacer nada: vale la asignación más reciente.',
  }),
  'hypervisor.spec': ({ field, reason }) => ({
    message: `No se puede crear así una máquina virtual: valor no válido en ${field} (${reason}).`,
    hint: 'Cambie ese valor e inténtelo de nuevo.',
  }),
  'hypervisor.image_missing': ({ path }) => ({
    message: `La imagen de esta máquina virtual no está en este PC (${path}).`,
    hint: 'Despliegue la imagen en este PC o inicie la máquina donde esté la imagen.',
  }),
  'hypervisor.path_closed': ({ path, at, mode }) => ({
    message: `QEMU no llega a ${path}: su usuario no puede atravesar la carpeta ${at} (modo ${mode}).`,
    hint: `Permita el paso («chmod o+x ${at}») o elija otra carpeta de datos con --data.`,
  }),
  'hypervisor.disk_too_small': ({ asked, image }) => ({
    message: `Un disco de ${bytes(asked)} es demasiado pequeño para una imagen de ${bytes(image)}.`,
    hint: 'Elija un tamaño mayor.',
  }),
  'hypervisor.disk_busy': () => ({
    message: 'Se está trabajando en el disco del laboratorio.',
    hint: 'Se reintenta por sí solo.',
  }),
  'hypervisor.block_job_ended': () => ({
    message: 'Se interrumpió un trabajo sobre el disco del laboratorio.',
    hint: 'Se reintenta por sí solo; en el disco no se ha perdido nada.',
  }),
  'hypervisor.disk_full': ({ path }) => ({
    message: `El disco de este PC está lleno (${path}).`,
    hint: 'Borre máquinas virtuales o imágenes que nadie necesite, o inicie la máquina en otro PC.',
  }),
  'hypervisor.tool_missing': ({ tool }) => ({
    message: `Falta el programa ${tool} en este PC.`,
    hint: 'Instale las herramientas de QEMU («apt install qemu-utils qemu-system-x86»).',
  }),
  'hypervisor.tool_failed': ({ tool, exitCode, reason }) => ({
    message: `${tool} falló (código de salida ${exitCode}): ${reason}`,
    hint: 'Lo que sigue a los dos puntos son palabras del propio programa. «labmesh doctor» comprueba las causas habituales.',
  }),
  'hypervisor.tool_deadline': ({ tool, afterMs }) => ({
    message: `${tool} no terminó en ${ms(afterMs)} y se interrumpió.`,
    hint: 'El disco de este PC puede estar sobrecargado o fallando. Inténtelo de nuevo.',
  }),
  'hypervisor.socket_path_long': ({ path, limit }) => ({
    message: `La ruta ${path} supera los ${number(limit)} bytes que admite un socket.`,
    hint: 'Elija con --data una carpeta de datos más corta.',
  }),
  'hypervisor.kvm_closed': ({ path, mode }) => ({
    message: `El usuario de QEMU no puede abrir ${path} (modo ${mode}): no hay aceleración por hardware y cada arranque de una máquina virtual tarda hasta un minuto más.`,
    hint: `Ábralo («chmod 0666 ${path}», o «apt install --reinstall udev» para siempre) y reinicie el nodo.`,
  }),
  'hypervisor.kvm_slow': ({ kvmMs, tcgMs }) => ({
    message: `La aceleración por hardware va mal en este PC: la prueba tardó ${kvmMs === null ? 'demasiado' : ms(kvmMs)} con ella y ${ms(tcgMs)} sin ella.`,
    hint: 'Las máquinas virtuales funcionan sin ella salvo que se indique --accel kvm. Si este PC es a su vez una máquina virtual, active la virtualización anidada en su anfitrión.',
  }),
  'hypervisor.kvm_missing': () => ({
    message:
      'Este PC no tiene aceleración por hardware (falta /dev/kvm); las máquinas virtuales funcionan, pero despacio.',
    hint: 'Active la virtualización (VT-x o AMD-V) en la configuración del firmware del PC.',
  }),
  'hypervisor.kvm_fails': ({ reason }) => ({
    message: `La aceleración por hardware falla en este PC: ${reason}`,
    hint: 'Las máquinas virtuales funcionan sin ella, pero despacio. Revise la configuración del firmware y el registro del núcleo.',
  }),
  'hypervisor.probe_failed': ({ reason }) => ({
    message: `La prueba de QEMU falló en este PC: ${reason}`,
    hint: 'Puede que las máquinas virtuales no arranquen. Reinstale QEMU («apt install --reinstall qemu-system-x86») y reinicie el nodo.',
  }),
  'hypervisor.guests_reach_host': ({ reason }) => ({
    message: `Las máquinas virtuales de este PC pueden llegar a los servicios de red del propio PC: no se pudo poner la regla del cortafuegos (${reason}).`,
    hint: 'Instale iptables («apt install iptables») y reinicie el nodo.',
  }),
};
