import type { schedulerReasons as en } from '../en/scheduler.ts';
import { formatNumber } from '../format.ts';
import { word } from '../word.ts';
import { number } from './figures.ts';

/** Por qué una petición tiene su derecho, y por qué se tomó o descartó un PC. Los puntos están al lado. */
const gb = (mib: number) => `${formatNumber(mib / 1024, 'es')} GB`;
const labs = (n: number) => (n === 1 ? '1 laboratorio' : `${number(n)} laboratorios`);
const POINTS = 'La administración fija estos puntos en Ajustes.';
const WEIGHTS = 'La administración fija en Ajustes qué cuenta y cuánto.';
const WAIT = 'Arranca por sí solo en cuanto haya sitio.';

const KINDS = {
  exam: 'Es para un examen.',
  class: 'Es para una clase reservada.',
  personal: 'Lo reservó una persona.',
  interactive: 'Alguien trabaja en él.',
  batch: 'Trabaja por sí solo; las personas van antes.',
};
const ROLES = {
  student: 'Lo ha pedido alguien que estudia.',
  teacher: 'Lo ha pedido alguien del profesorado.',
  admin: 'Lo ha pedido alguien de la administración.',
};
const share = (what: string, asked: string, used: string, total: string) =>
  `${what}: pide ${asked}, están ocupados ${used} de ${total}.`;

export const schedulerReasons: typeof en = {
  'deploy.too_few': ({ target, copies }) => ({
    message: `Hay sitio para ${number(copies)} de las ${number(target)} copias.`,
    hint: 'Tome un tamaño menor o menos copias.',
  }),
  'scheduler.pinned': ({ node }) => ({ message: `Solo puede ejecutarse en ${node}.`, hint: WAIT }),
  'scheduler.lies_elsewhere': ({ node }) => ({
    message: `Su disco está en ${node}, por eso se ejecuta allí.`,
    hint: WAIT,
  }),
  'scheduler.hosts_nothing': ({ node, reason }, say) => ({
    message:
      reason === 'node.ready'
        ? `${node} no admite laboratorios ahora.`
        : notHosting(node, reason, say({ code: reason, data: {} }).message),
    hint: WAIT,
  }),
  'scheduler.preemption_off': () => ({
    message: 'No se suspende nada por él: la administración lo ha desactivado.',
    hint: WAIT,
  }),
  'scheduler.gave_way_itself': () => ({
    message: 'Él mismo ha cedido su sitio, así que no suspende a otros.',
    hint: WAIT,
  }),
  'scheduler.nobody_weaker': () => ({
    message: 'No se suspende nada por él: ningún laboratorio con menos derecho dejaría bastante sitio.',
    hint: WAIT,
  }),
  'priority.kind': ({ kind }) => ({ message: word(KINDS, kind), hint: POINTS }),
  'priority.role': ({ role }) => ({ message: word(ROLES, role), hint: POINTS }),
  'priority.sharing': () => ({ message: 'Su persona comparte un PC.', hint: POINTS }),
  'priority.fair_share': ({ used, mean }) => ({
    message:
      used <= mean
        ? `Su persona ha usado poco últimamente: ${number(used)} horas de procesador, ${number(mean)} de media.`
        : `Su persona ha usado mucho últimamente: ${number(used)} horas de procesador, ${number(mean)} de media.`,
    hint: POINTS,
  }),
  'priority.waiting': ({ minutes, max }) => ({
    message: `Lleva esperando ${number(minutes)} minutos; esperar suma ${number(max)} puntos como mucho.`,
    hint: POINTS,
  }),
  'priority.overdue': ({ hours }) => ({
    message: `Lleva esperando ${number(hours)} horas: ahora va antes que todo lo que llegó después.`,
    hint: POINTS,
  }),
  'priority.declined': () => ({
    message:
      'Su persona dijo que no a compartir un PC demasiadas veces, y espera detrás de quienes comparten.',
    hint: POINTS,
  }),
  'score.vcpus': ({ need, used, total }) => ({
    message: share('Procesadores', number(need), number(used), number(total)),
    hint: WEIGHTS,
  }),
  'score.ram': ({ need, used, total }) => ({
    message: share('Memoria', gb(need), gb(used), gb(total)),
    hint: WEIGHTS,
  }),
  'score.storage': ({ need, used, total }) => ({
    message: share('Disco', `${number(need)} GB`, `${number(used)} GB`, `${number(total)} GB`),
    hint: WEIGHTS,
  }),
  'score.temp': ({ need, used, total }) => ({
    message: share('Disco de datos', `${number(need)} GB`, `${number(used)} GB`, `${number(total)} GB`),
    hint: WEIGHTS,
  }),
  'score.vms': ({ vms }) => ({ message: `Ya tiene ${labs(vms)}.`, hint: WEIGHTS }),
  'score.locality': () => ({ message: 'Antes habría que traer su imagen.', hint: WEIGHTS }),
  'score.course_spread': ({ vms }) => ({ message: `Tiene ${labs(vms)} del mismo curso.`, hint: WEIGHTS }),
  'score.large_room': () => ({
    message: 'Tiene uno de los pocos sitios que quedan para laboratorios grandes.',
    hint: WEIGHTS,
  }),
  'score.local_user': () => ({ message: 'Hay alguien sentado ante este PC.', hint: WEIGHTS }),
  'score.accelerator': () => ({
    message: 'Imita procesadores en vez de prestar los suyos: va más lento.',
    hint: WEIGHTS,
  }),
  'score.stability': ({ hours }) => ({
    message: `Ha vuelto hace solo ${hours === 0 ? 'menos de una hora' : hours === 1 ? '1 hora' : `${number(hours)} horas`}.`,
    hint: WEIGHTS,
  }),
};

function notHosting(node: string, reason: string, said: string): string {
  const states = {
    'node.joining': `${node} está entrando y aún no ha informado.`,
    'node.draining': `Se está vaciando ${node}.`,
    'node.drained': `${node} está vaciado.`,
    'node.unreachable': `${node} no responde.`,
    'node.lost': `${node} está perdido: nadie sabe de él.`,
  };
  return word(states, reason) === reason
    ? `${node} no ejecuta laboratorios ahora. ${said}`
    : word(states, reason);
}
