import type { GossipErrors } from '../../gossip/errors.ts';
import type { gossipErrors as english } from '../en/gossip.ts';

const seconds = (ms: number): string => `${String(Math.round(ms / 100) / 10).replace('.', ',')} s`;
const mib = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MiB`;

function skew(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const amount = minutes < 120 ? `${minutes} minutos` : `${Math.round(minutes / 60)} horas`;
  return `${amount} ${ms > 0 ? 'adelantado' : 'atrasado'}`;
}

const TOKEN_FAULTS: Record<GossipErrors['join.token_malformed']['reason'], string> = {
  prefix: 'no empieza por LM1-',
  characters: 'tiene caracteres que ninguna invitación tiene',
  checksum: 'falta un carácter o alguno ha cambiado',
  length: 'es demasiado corta o demasiado larga',
  address: 'no contiene ninguna dirección utilizable',
};

const LISTEN_FAULTS: Record<GossipErrors['mesh.listen']['reason'], string> = {
  in_use: 'otro programa ya usa ese puerto',
  not_ours: 'esa dirección no es de este PC',
  not_allowed: 'el sistema no permite a labmesh usar ese puerto',
  unknown: 'el sistema no dice por qué',
};

export const gossipErrors: typeof english = {
  'mesh.identity_damaged': ({ file, reason }) => ({
    message: `La clave de este PC (${file}) no se puede usar: ${reason}.`,
    hint: 'Restaure el archivo desde una copia. Sin él, la nube no puede reconocer este PC: retírelo entonces de la nube, vacíe su carpeta de datos y vuelva a unirlo.',
  }),
  'mesh.listen': ({ addresses, reason }) => ({
    message: `Este PC no puede escuchar en ${addresses.join(', ')}: ${LISTEN_FAULTS[reason]}.`,
    hint: 'Detenga el programa que usa ese puerto, o elija otra dirección u otro puerto para este PC.',
  }),
  'mesh.stopped': () => ({
    message: 'Este PC está saliendo de la malla.',
    hint: 'Vuelva a intentarlo cuando esté en marcha; `labmesh status` lo indica.',
  }),
  'mesh.not_member': ({ peer }) => ({
    message: `${peer} no pertenece a esta nube, o ya no.`,
    hint: 'Consulte la lista de PC. Uno que se retiró tiene que unirse de nuevo con una invitación.',
  }),
  'mesh.unreachable': ({ nodeId, reason }) => ({
    message: `No se puede llegar al PC ${nodeId}: ${reason}.`,
    hint: 'Compruebe que está encendido y que no hay un cortafuegos entre los dos PC.',
  }),
  'rpc.timeout': ({ nodeId, method, timeoutMs }) => ({
    message: `El PC ${nodeId} no respondió en ${seconds(timeoutMs)} (${method}).`,
    hint: 'Puede estar ocupado o acabar de apagarse. Vuelva a intentarlo dentro de un momento.',
  }),
  'rpc.unknown_method': ({ method }) => ({
    message: `El otro PC no conoce la petición «${method}».`,
    hint: 'Probablemente tiene un labmesh más antiguo. Ponga todos los PC en la misma versión.',
  }),
  'rpc.too_large': ({ bytes, maxBytes }) => ({
    message: `Un mensaje entre PC ocupa ${mib(bytes)}; el límite es ${mib(maxBytes)}.`,
    hint: 'Pida menos de una vez. Si no hizo nada fuera de lo normal, es un defecto: comuníquelo, por favor.',
  }),
  'rpc.malformed': ({ reason }) => ({
    message: `Otro PC dijo algo que no se entiende: ${reason}.`,
    hint: 'Ponga todos los PC en la misma versión de labmesh. Si ya lo están, comuníquelo, por favor.',
  }),
  'rpc.busy': ({ max }) => ({
    message: `El otro PC ya atiende ${max} peticiones de este.`,
    hint: 'Vuelva a intentarlo dentro de un momento.',
  }),
  'rpc.version': ({ theirs, ours }) => ({
    message: `Los dos PC hablan versiones distintas del idioma de la malla (${theirs} y ${ours}).`,
    hint: 'Ponga los dos en la misma versión de labmesh.',
  }),
  'rpc.failed': ({ nodeId, method, code }) => ({
    message: `El PC ${nodeId} rechazó una petición (${method}: ${code}).`,
    hint: 'El código dice por qué; `labmesh doctor` en ese PC puede decir más.',
  }),
  'announce.too_large': ({ bytes, maxBytes }) => ({
    message: `Lo que este PC tiene que anunciar a los demás ocupa ${bytes} bytes; se permiten ${maxBytes}.`,
    hint: 'Es un defecto de labmesh. Comuníquelo con esta frase, por favor.',
  }),
  'join.token_malformed': ({ reason }) => ({
    message: `Esto no es una invitación completa: ${TOKEN_FAULTS[reason]}.`,
    hint: 'Copie de nuevo la línea entera de la página.',
  }),
  'join.token_too_new': ({ found, supported }) => ({
    message: `La invitación se hizo con un labmesh más nuevo (formato ${found}; este conoce hasta el ${supported}).`,
    hint: 'Instale la versión de labmesh que usa la nube y vuelva a unirse.',
  }),
  'join.token_unknown': () => ({
    message: 'La nube no conoce esta invitación.',
    hint: 'Puede que se haya borrado. Pida otra a quien administra la nube.',
  }),
  'join.token_expired': ({ expiredAt }) => ({
    message: `Esta invitación caducó el ${new Date(expiredAt).toISOString().slice(0, 16).replace('T', ' a las ')} UTC.`,
    hint: 'Pida otra a quien administra la nube.',
  }),
  'join.token_used_up': ({ maxUses }) => ({
    message:
      maxUses === 1
        ? 'Esta invitación era para un solo PC, que ya se unió.'
        : `Esta invitación era para ${maxUses} PC, que ya se unieron.`,
    hint: 'Pida otra a quien administra la nube. Si ese PC no era suyo, avísele.',
  }),
  'join.token_revoked': () => ({
    message: 'Quien administra la nube anuló esta invitación.',
    hint: 'Pídale otra.',
  }),
  'join.wrong_secret': () => ({
    message: 'La nube no acepta esta invitación: su secreto no es correcto.',
    hint: 'Copie de nuevo la línea entera de la página o pida otra invitación a quien administra la nube.',
  }),
  'join.wrong_cloud': ({ wanted, found }) => ({
    message: `La invitación es para la nube ${wanted}, pero en su dirección respondió la nube ${found}.`,
    hint: 'Esa dirección pertenece ahora a otra nube. Pida otra invitación a quien administra la correcta.',
  }),
  'join.impostor': ({ address }) => ({
    message: `Lo que respondió en ${address} no conoce el secreto de la invitación; no es la nube a la que le invitaron. No se le envió nada secreto.`,
    hint: 'Avise a quien administra la nube y pídale otra invitación con las direcciones correctas.',
  }),
  'join.clock_skew': ({ skewMs, maxMs }) => ({
    message: `El reloj de este PC va ${skew(skewMs)} respecto al de la nube; se permiten como mucho ${Math.round(maxMs / 60_000)} minutos.`,
    hint: 'Ponga en hora el reloj (mejor: que siga a un servidor horario) y vuelva a unirse.',
  }),
  'join.name_taken': ({ name }) => ({
    message: `Otro PC de la nube ya se llama ${name}.`,
    hint: 'Elija otro nombre con --name o, si este lo sustituye, retire antes aquel.',
  }),
  'join.already_member': ({ nodeId }) => ({
    message: `Este PC (${nodeId}) ya pertenece a la nube.`,
    hint: 'Basta con arrancarlo: `labmesh up`.',
  }),
  'join.version_too_old': ({ theirs, ours }) => ({
    message: `El labmesh de este PC es demasiado antiguo para la nube (habla la versión ${theirs}; la nube, la ${ours}).`,
    hint: 'Instale la versión de labmesh que usa la nube y vuelva a unirse.',
  }),
  'join.version_too_new': ({ theirs, ours }) => ({
    message: `El labmesh de este PC es más nuevo que el de la nube (habla la versión ${theirs}; la nube, la ${ours}).`,
    hint: 'Actualice antes la nube o instale aquí su versión.',
  }),
  'join.busy': ({ max }) => ({
    message: `En este momento se están uniendo ${max} PC, tantos como la nube admite a la vez.`,
    hint: 'Vuelva a intentarlo dentro de unos segundos; la invitación sigue siendo válida.',
  }),
  'join.malformed': ({ reason }) => ({
    message: `La conversación con la nube se interrumpió: ${reason}.`,
    hint: 'Vuelva a intentarlo. Si continúa, quizá tengan versiones distintas de labmesh.',
  }),
  'join.no_answer': ({ addresses, reason }) => ({
    message: `Nadie responde en ${addresses.join(', ')}: ${reason}.`,
    hint: 'Compruebe que este PC está en la misma red que la nube, que está encendido algún PC de los que nombra la invitación y que ningún cortafuegos cierra ese puerto.',
  }),
  'join.undecided': ({ code }) => ({
    message: `La nube no puede admitir ningún PC ahora mismo (${code}).`,
    hint: 'Lo más habitual es que se quede sin maestro un momento. Vuelva a intentarlo; la invitación sigue siendo válida.',
  }),
  'bulk.listen': ({ hostname, port, reason }) => ({
    message: `Este PC no puede admitir transferencias en ${hostname}, puerto ${port}: ${reason}.`,
    hint: 'Quizá otro programa use ese puerto. Deténgalo o elija otro puerto.',
  }),
  'bulk.certificate': ({ reason }) => ({
    message: `El certificado de este PC para transferencias no se puede usar: ${reason}.`,
    hint: 'Reinicie labmesh en este PC: pedirá otro a la nube. Compruebe también su reloj.',
  }),
  'bulk.unreachable': ({ nodeId, reason }) => ({
    message: `No se puede transferir nada con el PC ${nodeId}: ${reason}.`,
    hint: 'Compruebe que está encendido y que ningún cortafuegos cierra su puerto de transferencias.',
  }),
  'bulk.not_member': () => ({
    message: 'Este PC ya no pertenece a la nube, así que no se le transfiere nada.',
    hint: 'Si es un error, únalo de nuevo con una invitación.',
  }),
  'bulk.unproven': () => ({
    message: 'Se rechazó una transferencia porque no demostraba qué PC la pedía.',
    hint: 'Ponga todos los PC en la misma versión de labmesh. Si ya lo están, alguien intenta entrar: avise a quien administra la nube.',
  }),
  'bulk.too_large': ({ maxBytes }) => ({
    message: `Una transferencia es mayor de lo permitido (${maxBytes} bytes).`,
    hint: 'Es un defecto de labmesh. Comuníquelo con esta frase, por favor.',
  }),
  'bulk.busy': ({ max }) => ({
    message: `El otro PC ya atiende ${max} transferencias de este, o tantas en total como puede.`,
    hint: 'Vuelva a intentarlo dentro de un momento.',
  }),
  'bulk.refused': ({ nodeId, status, code }) => ({
    message: `El PC ${nodeId} rechazó una transferencia (${status}, ${code}).`,
    hint: 'El código dice por qué; `labmesh doctor` en ese PC puede decir más.',
  }),
  'bulk.timeout': ({ nodeId, timeoutMs }) => ({
    message: `El PC ${nodeId} no respondió a una transferencia en ${seconds(timeoutMs)}.`,
    hint: 'Puede que su disco esté ocupado. Vuelva a intentarlo dentro de un momento.',
  }),
};
