/** Rechazos sobre laboratorios y su tiempo, y cómo terminaron. */
import type { vmRefusals as en } from '../en/state-vms.ts';
import { formatTime } from '../format.ts';
import { word } from '../word.ts';
import { count, number } from './figures.ts';
import { actions, states } from './words.ts';

export const vmRefusals: typeof en = {
  'vm.wrong_state': ({ name, state, action }) => ({
    message: `El laboratorio «${name}» no se puede ${word(actions, action)} ahora: está ${word(states, state)}.`,
    hint: 'Espere a que se asiente o mire qué se puede hacer con él ahora.',
  }),
  'vm.stale_epoch': ({ vm, epoch, current }) => ({
    message: `La noticia sobre el laboratorio «${vm}» llegó tarde: era del arranque ${number(epoch)} y el último es el ${number(current)}.`,
    hint: 'No queda nada por hacer; el PC vuelve a mirar por sí solo.',
  }),
  'vm.no_lease': ({ name }) => ({
    message: `El laboratorio «${name}» no tiene tiempo que cambiar: no está en marcha.`,
    hint: 'Arránquelo; entonces volverá a tener tiempo.',
  }),
  'vm.not_waiting': ({ name, state }) => ({
    message: `El laboratorio «${name}» no espera un sitio: está ${word(states, state)}.`,
    hint: 'Si ahora no lo necesita, apáguelo o suspéndalo.',
  }),
  'vm.not_preemptible': ({ name }) => ({
    message: `El laboratorio «${name}» no se puede suspender para dar paso a otro.`,
    hint: 'No hay que hacer nada; la nube busca otro sitio por sí sola.',
  }),
  'vm.preempted_lately': ({ name, until }) => ({
    message: `El laboratorio «${name}» cedió su sitio hace poco y conserva este hasta ${formatTime(until, 'es')}.`,
    hint: 'No hay que hacer nada; la nube busca otro sitio por sí sola.',
  }),
  'vm.lies_elsewhere': ({ name, node }) => ({
    message: `El laboratorio «${name}» solo puede funcionar en «${node}»: allí están sus discos o así lo dispuso quien administra.`,
    hint: 'No hay que hacer nada; la nube vuelve a mirar por sí sola.',
  }),
  'vm.not_due': ({ name, action }) => ({
    message: `Todavía no toca ${word(actions, action)} el laboratorio «${name}».`,
    hint: 'No hay que hacer nada; la nube vuelve a mirar por sí sola.',
  }),
  'vm.not_persistent': ({ name }) => ({
    message: `El laboratorio «${name}» empieza limpio cada vez, así que no hay nada que guardar.`,
    hint: 'Saque de él lo que quiera conservar antes de detenerlo.',
  }),
  'vm.node_not_lost': ({ name, node }) => ({
    message: `El laboratorio «${name}» no puede arrancar ahora desde el trabajo guardado: ${node ? `su PC «${node}» está ahí, o lo estaba hace un momento` : 'no está en ningún PC que pueda perderse'}.`,
    hint: 'Espere un poco; cuando su PC se dé por perdido, el laboratorio podrá seguir en otro.',
  }),
  'vm.nothing_saved': ({ name }) => ({
    message: `No se había guardado nada del laboratorio «${name}» cuando se perdió su PC.`,
    hint: 'Espere a que vuelva su PC; su disco está allí. O arranque un laboratorio nuevo.',
  }),
  'vm.work_out_of_reach': ({ name, at }) => ({
    message: `El trabajo del laboratorio «${name}» se guardó ${formatTime(at, 'es')}, pero ningún PC que lo tiene responde.`,
    hint: 'Encienda uno de esos PC y vuelva a intentarlo.',
  }),
  'vm.too_many_recovered': ({ name, limit }) => ({
    message: `El laboratorio «${name}» ya tiene ${number(limit)} copias recuperadas.`,
    hint: 'Borre las que no necesite; la siguiente se guardará por sí sola.',
  }),
  'lease.others_wait': ({ name, waiting }) => ({
    message: `El laboratorio «${name}» no recibe más tiempo ahora: ${count(waiting, 'petición', 'peticiones')} ${waiting === 1 ? 'espera' : 'esperan'} un sitio.`,
    hint: 'Guarde su trabajo; al final se suspende con todo lo que tiene, y puede arrancarlo de nuevo.',
  }),
  'lease.reserved': ({ name, endsAt }) => ({
    message: `El laboratorio «${name}» está en marcha por una reserva y acaba con ella, ${formatTime(endsAt, 'es')}.`,
    hint: 'Arránquelo de nuevo después si lo necesita más tiempo.',
  }),
  'lease.hours': ({ hours, min, max }) => ({
    message: `Un laboratorio funciona de ${number(min)} a ${number(max)} horas enteras; ${number(hours)} no vale.`,
    hint: `Elija de ${number(min)} a ${number(max)} horas; se pueden añadir más mientras está en marcha.`,
  }),
  'vm.held': ({ by, vm }) => ({
    message:
      by === 'preempted'
        ? `El laboratorio${vm ? ` «${vm}»` : ''} se ha suspendido porque una petición que va antes necesitaba su sitio. No se ha perdido nada.`
        : by === 'shutdown'
          ? 'El laboratorio se suspende porque se está parando la nube. No se pierde nada.'
          : 'El laboratorio se suspende porque se está vaciando su PC. No se pierde nada.',
    hint: 'Seguirá por sí solo cuando pueda volver a funcionar.',
  }),
  'vm.crashed': () => ({
    message: 'El laboratorio se ha venido abajo: su máquina virtual terminó con un fallo.',
    hint: 'Arránquelo de nuevo; si vuelve a ocurrir, enseñe su registro a quien administra la nube.',
  }),
  'vm.power_lost': () => ({
    message: 'El laboratorio terminó porque su PC se quedó sin corriente o se reinició.',
    hint: 'Arránquelo de nuevo; lo que había guardado en su disco sigue ahí.',
  }),
  'vm.guest_off': () => ({
    message: 'El laboratorio se apagó desde dentro.',
    hint: 'Arránquelo de nuevo cuando lo necesite.',
  }),
};
