import type { WebErrors } from '../../web/errors.ts';
import { formatBytes, formatDuration } from '../format.ts';
import type { Catalogue } from '../sentence.ts';

const CSV_REASONS = {
  quote: 'se abren unas comillas que no se cierran',
  columns: 'no tiene tantas columnas como la primera línea',
  empty: 'no hay ninguna línea bajo los nombres de las columnas',
  no_name: 'en la primera línea no aparece la columna «name»',
  lines: 'tiene demasiadas líneas para un solo archivo',
} as const;

/** Sentences for the codes of `web/`. */
export const webErrors: Catalogue<WebErrors> = {
  'web.fault': (d) => ({
    message: 'Algo ha fallado por nuestra parte; no se ha cambiado nada a propósito.',
    hint: `Vuelva a intentarlo. Si se repite, dé este número a quien administra la nube: ${d.id}.`,
  }),
  'web.not_found': (d) => ({
    message: `No hay nada en ${d.path}.`,
    hint: 'Compruebe la dirección o empiece por la primera página.',
  }),
  'web.method': (d) => ({
    message: `Esta dirección no admite ${d.method}.`,
    hint: `Admite ${d.allowed.join(', ')}.`,
  }),
  'web.media_type': (d) => ({
    message: `Esta dirección no admite contenido del tipo «${d.got || 'ninguno'}».`,
    hint: `Envíe ${d.expected}.`,
  }),
  'web.body': (d) => ({
    message: `No se ha podido leer lo enviado: ${d.reason}.`,
    hint: 'Corríjalo y envíelo de nuevo.',
  }),
  'web.too_large': (d) => ({
    message: 'Lo enviado es más grande de lo que admite esta dirección.',
    hint: `Envíe como mucho ${formatBytes(d.limitBytes, 'es')} de una vez.`,
  }),
  'web.timeout': (d) => ({
    message: `No ha habido respuesta en ${formatDuration(d.seconds * 1000, 'es')}, así que hemos dejado de esperar.`,
    hint: 'Puede que aún se lleve a cabo: mire la lista antes de repetirlo.',
  }),
  'web.busy': (d) => ({
    message: `Se le pide demasiado a este PC a la vez (como mucho ${d.limit}).`,
    hint: 'Espere un momento y vuelva a intentarlo, o use la página de otro PC.',
  }),
  'web.host': (d) => ({
    message: `Este PC no atiende al nombre «${d.host}» sin cifrado.`,
    hint: 'Abra http://localhost con su puerto, o la dirección https.',
  }),
  'web.csrf': () => ({
    message: 'El formulario se abrió en otra sesión, así que no se ha llevado a cabo.',
    hint: 'Recargue la página y envíe el formulario otra vez.',
  }),
  'web.origin': (d) => ({
    message: `La petición salió de otro sitio («${d.origin}»), así que no se ha llevado a cabo.`,
    hint: 'Si era su intención, hágalo desde la propia página de labmesh.',
  }),
  'web.range': (d) => ({
    message: `«${d.field}» está fuera de los límites.`,
    hint: `Elija entre ${d.min} y ${d.max}.`,
  }),
  'web.control_only': () => ({
    message: 'Solo root puede nombrar archivos del PC, y desde ese mismo PC.',
    hint: 'Ejecute la orden en el propio PC, o suba el archivo.',
  }),
  'web.sign_in': () => ({
    message: 'No hay ninguna cuenta con ese nombre y esa contraseña.',
    hint: 'Revise ambos y si el bloqueo de mayúsculas está activado. Quien administra la nube puede ponerle otra contraseña.',
  }),
  'web.sign_in_limit': (d) => ({
    message: 'Ha habido demasiados intentos fallidos de entrar.',
    hint: `Espere ${formatDuration(d.seconds * 1000, 'es')} y vuelva a intentarlo.`,
  }),
  'web.password': () => ({
    message: 'La contraseña actual no es correcta.',
    hint: 'Escriba la contraseña con la que ha entrado.',
  }),
  'web.password_short': (d) => ({
    message: 'La contraseña es demasiado corta.',
    hint: `Ponga al menos ${d.min} caracteres; unas cuantas palabras seguidas se recuerdan bien.`,
  }),
  'web.password_long': (d) => ({
    message: 'La contraseña es demasiado larga.',
    hint: `Ponga como mucho ${d.max} caracteres.`,
  }),
  'web.password_name': () => ({
    message: 'La contraseña es el nombre de la cuenta.',
    hint: 'Elija una que nadie adivine.',
  }),
  'web.password_same': () => ({
    message: 'La contraseña nueva es la misma que la actual.',
    hint: 'Elija otra.',
  }),
  'web.csv': (d) => ({
    message: `No se puede leer la lista en la línea ${d.line}: ${CSV_REASONS[d.reason]}.`,
    hint: `Guárdela como CSV con las columnas name, full name, role; como mucho ${d.limit} líneas. No se ha añadido nada.`,
  }),
  'web.ticket': () => ({
    message: 'Este acceso a la consola ya se ha usado, ha caducado o no es suyo.',
    hint: 'Abra de nuevo la consola desde la página de la máquina virtual.',
  }),
  'web.upgrade': () => ({
    message: 'Las consolas se abren como WebSocket.',
    hint: 'Ábrala desde la página de la máquina virtual.',
  }),
  'web.port_taken': (d) => ({
    message: `Otro programa usa el puerto ${d.port} en ${d.host}.`,
    hint: 'Cierre ese programa o indique otro puerto: --web DIRECCIÓN:PUERTO, --local-http PUERTO (0 toma uno libre).',
  }),
  'web.port_privileged': (d) => ({
    message: `Solo root puede abrir el puerto ${d.port}.`,
    hint: 'Arranque el nodo como root o indique un puerto por encima del 1023.',
  }),
  'web.address_unknown': (d) => ({
    message: `Este PC no tiene la dirección ${d.host}.`,
    hint: 'Indique una de las suyas, o 0.0.0.0 para todas.',
  }),
  'web.not_loopback': (d) => ({
    message: `Sin cifrado solo se atiende a este mismo PC, no en ${d.host}.`,
    hint: 'Desde otros PC, use la dirección https.',
  }),
  'web.listen_failed': (d) => ({
    message: `No se ha podido abrir la página en ${d.host}, puerto ${d.port}: ${d.reason}.`,
    hint: 'Indique otra dirección u otro puerto.',
  }),
  'web.socket_taken': (d) => ({
    message: `Otro nodo responde en ${d.path}.`,
    hint: 'Deténgalo antes, o dé a este nodo su propia carpeta con --data.',
  }),
  'web.certificate': (d) => ({
    message: `El certificado de ${d.path} no se puede usar: ${d.reason}.`,
    hint: 'Indique un certificado y su clave en PEM, o quite la opción para usar la autoridad de la nube.',
  }),
  'node.unreachable': (d) => ({
    message: `${d.node} no responde desde hace ${formatDuration(d.seconds * 1000, 'es')}; sus laboratorios pueden seguir en marcha allí.`,
    hint: 'Compruebe que esté encendido y conectado; vuelve por sí solo.',
  }),
  'node.lost': (d) => ({
    message: `${d.node} no responde desde hace ${formatDuration(d.seconds * 1000, 'es')} y se da por perdido.`,
    hint: 'Enciéndalo; si no va a volver, délo de baja.',
  }),
  'node.joining': (d) => ({
    message: `${d.node} ha sido admitido y aún no ha dicho qué puede dar.`,
    hint: 'Tarda segundos; si dura, mire el terminal de ese PC.',
  }),
  'node.draining': (d) => ({
    message:
      d.vms === 0
        ? `En ${d.node} ya no hay nada en marcha; está a punto de quedar vacío.`
        : `En ${d.node} ${d.vms === 1 ? 'sigue en marcha un laboratorio' : `siguen en marcha ${d.vms} laboratorios`}; ${
            d.seconds > 0
              ? `lo que siga en marcha dentro de ${formatDuration(d.seconds * 1000, 'es')} se suspende.`
              : 'se están suspendiendo todos.'
          }`,
    hint: 'Espere a que esté vacío antes de apagarlo, o deje que vuelva a ejecutar laboratorios.',
  }),
  'name.ambiguous': (d) => ({
    message: `«${d.name}» puede referirse a ${d.count} cosas distintas.`,
    hint: 'Dé el identificador completo; aparece en la lista.',
  }),
  'access.must_change_password': () => ({
    message: 'Esta cuenta aún tiene la contraseña que le puso otra persona.',
    hint: 'Elija una propia; después se abre todo lo demás.',
  }),
};
