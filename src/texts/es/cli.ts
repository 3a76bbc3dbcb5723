import type { cliErrors as en } from '../en/cli.ts';
import { formatDuration, formatNumber } from '../format.ts';
import { word } from '../word.ts';
import { states } from './words.ts';

const labs = (vms: number) =>
  vms === 1 ? 'sigue en marcha un laboratorio' : `siguen en marcha ${formatNumber(vms, 'es')} laboratorios`;
const seconds = (value: number) => formatDuration(value * 1000, 'es');

export const cliErrors: typeof en = {
  'cli.usage': ({ problem, command }) => ({
    message: `Orden mal escrita: ${problem}`,
    hint: `«${command} --help» muestra cómo se usa.`,
  }),
  'cli.no_node': ({ data }) => ({
    message: `En este PC no funciona ningún nodo de labmesh (carpeta de datos ${data}).`,
    hint: 'Arránquelo con «labmesh up», indique su carpeta con --data DIR o pregunte a otro PC con --url y --token.',
  }),
  'cli.socket_denied': ({ socket }) => ({
    message: `Esta cuenta no puede mandar sobre el nodo de este PC: ${socket} le está cerrado.`,
    hint: 'Ejecute la orden como root («sudo labmesh …») o use --url y --token con un testigo propio.',
  }),
  'cli.unreachable': ({ url, reason }) => ({
    message: `En ${url} no responde nada (${reason}).`,
    hint: 'Compruebe la dirección, que el PC esté encendido y que no haya un cortafuegos; sirve cualquier otro PC de la nube.',
  }),
  'cli.untrusted': ({ url, reason }) => ({
    message: `Este PC no se fía del certificado de ${url} (${reason}).`,
    hint: 'Copie el certificado de la nube, DIR/tls/authority.pem, desde un PC de confianza e indíquelo con --ca ARCHIVO (o LABMESH_CA).',
  }),
  'cli.connection_lost': ({ url }) => ({
    message: `La conexión con ${url} terminó antes de recibir toda la respuesta.`,
    hint: 'Antes de repetir, mire qué se ha hecho («labmesh operation ls»).',
  }),
  'cli.strange_answer': ({ url, status, what }) => ({
    message: `Lo que responde en ${url} no habla como labmesh (estado ${status}: ${what}).`,
    hint: 'Compruebe la dirección y el puerto; debe ser un nodo de labmesh de la misma versión que esta orden.',
  }),
  'cli.request_timeout': ({ url, seconds: after }) => ({
    message: `${url} no respondió en ${seconds(after)}.`,
    hint: 'Inténtelo de nuevo, con un --timeout mayor si el PC está ocupado; allí, «labmesh doctor» dice qué le pasa.',
  }),
  'cli.wait_timeout': ({ seconds: after, operation }) => ({
    message: `Sin terminar al cabo de ${seconds(after)}. El trabajo sigue como operación ${operation}.`,
    hint: `Sígala con «labmesh operation show ${operation}».`,
  }),
  'cli.token_missing': ({ url }) => ({
    message: `${url} pregunta quién es usted y no se ha dado ningún testigo.`,
    hint: 'Cree un testigo en su página, en Cuenta, y páselo con --token T o en LABMESH_TOKEN.',
  }),
  'cli.file_missing': ({ file }) => ({
    message: `No existe el archivo ${file}.`,
    hint: 'Compruebe la ruta.',
  }),
  'cli.file_unreadable': ({ file, reason }) => ({
    message: `No se puede leer el archivo ${file} (${reason}).`,
    hint: 'Compruebe que sea un archivo y que esta cuenta pueda leerlo.',
  }),
  'cli.file_unwritable': ({ file, reason }) => ({
    message: `No se puede escribir el archivo ${file} (${reason}).`,
    hint: 'Elija una carpeta en la que esta cuenta pueda escribir y un nombre libre.',
  }),
  'cli.file_changed': ({ file }) => ({
    message: `El archivo ${file} cambió mientras se enviaba.`,
    hint: 'Espere a que nada escriba en él e impórtelo de nuevo.',
  }),
  'cli.local_only': ({ command }) => ({
    message: `«${command}» trabaja con archivos del propio PC y no se puede hacer con --url.`,
    hint: 'Ejecútelo en el PC, como root y sin --url.',
  }),
  'cli.password_empty': () => ({
    message: 'No se ha dado ninguna contraseña.',
    hint: 'Escriba una o envíela en una línea con --password-stdin.',
  }),
  'cli.password_differs': () => ({
    message: 'Las dos contraseñas no coinciden.',
    hint: 'Escriba dos veces la misma.',
  }),
  'cli.no_terminal': ({ option }) => ({
    message: 'Hace falta una contraseña y no hay un terminal en el que pedirla.',
    hint: `Envíela en una línea de entrada con ${option}.`,
  }),
  'cli.users_partly': ({ added, refused }) => ({
    message: `Personas añadidas: ${formatNumber(added, 'es')}; rechazadas: ${formatNumber(refused, 'es')}.`,
    hint: 'Arregle las líneas rechazadas e importe el archivo otra vez; quienes ya están se quedan como están.',
  }),
  'cli.image_damaged': ({ image, checked, damaged, mended }) => ({
    message: `La imagen «${image}» estaba dañada: ${formatNumber(damaged, 'es')} de ${formatNumber(checked, 'es')} trozos no eran los que debían. ${mended === damaged ? 'Han venido de otro PC: vuelve a estar entera.' : 'Ningún otro PC los tiene.'}`,
    hint:
      mended === damaged
        ? 'Si vuelve a pasar, el disco de este PC se está gastando: cámbielo.'
        : 'Impórtela con otro nombre y use esa; después compruebe el disco de este PC.',
  }),
  'cli.doctor_faults': ({ faults }) => ({
    message:
      faults === 1
        ? 'Una comprobación ha encontrado un fallo.'
        : `${formatNumber(faults, 'es')} comprobaciones han encontrado un fallo.`,
    hint: 'Cada línea de arriba dice cómo arreglarlo.',
  }),
  'cli.node_running': ({ data }) => ({
    message: `Hay un nodo en marcha con la carpeta de datos ${data}.`,
    hint: 'Deténgalo antes o indique otra carpeta, vacía, con --data DIR.',
  }),
  'cli.drain_timeout': ({ node, seconds: after, vms }) => ({
    message: `${node} no está vacío al cabo de ${seconds(after)}: ${labs(vms)}. Se sigue vaciando.`,
    hint: `«labmesh node show ${node}» muestra qué lo impide; «labmesh node undrain ${node}» lo anula.`,
  }),
  'cli.drain_cancelled': ({ node, state }) => ({
    message: `${node} ya no se está vaciando: está ${word(states, state)}.`,
    hint: 'Alguien lo ha anulado; pregúntele, o vuelva a vaciar el PC.',
  }),
  'cli.shutdown_timeout': ({ seconds: after, vms }) => ({
    message: `La nube no está apagada al cabo de ${seconds(after)}: ${labs(vms)}. Se sigue apagando.`,
    hint: 'Vuelva a mirar con «labmesh status»; «labmesh cloud startup» lo anula.',
  }),
  'cli.shutdown_cancelled': () => ({
    message: 'La nube ya no se está apagando.',
    hint: 'Alguien la ha vuelto a encender; pregúntele, o apáguela otra vez.',
  }),
  'cli.not_confirmed': ({ command }) => ({
    message: `No se ha confirmado «${command}»; no se ha hecho nada.`,
    hint: 'Responda «yes» en el terminal o añada --yes si está seguro.',
  }),
  'cli.away': ({ node, name }) => ({
    message: `${node}, donde está «${name}», no responde: se hará cuando vuelva ese PC.`,
    hint: 'Ctrl-C acaba solo la espera; sigue pedido.',
  }),
  'cli.queued': ({ position, at, why }) => ({
    message: `Número ${formatNumber(position, 'es')} en la cola, ${at === null ? 'aún no se sabe para cuándo' : `hacia las ${at}`}.${why === '' ? '' : ` ${why}`}`,
    hint: 'Ctrl-C acaba la espera, no la solicitud; «labmesh request ls» la muestra.',
  }),
  'cli.cancelled': ({ operation }) => ({
    message: `La operación ${operation} se canceló.`,
    hint: 'Un deseo más reciente ocupó su lugar; mire «labmesh operation ls».',
  }),
};
