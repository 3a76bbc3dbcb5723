/** Rechazos y causas de `state/`. */
import type { CapacityShort, NoRoom } from '../../state/index.ts';
import type { stateErrors as en } from '../en/state.ts';
import { fieldProblem } from '../field-problem.ts';
import { formatList, formatNumber, formatTime } from '../format.ts';
import { word } from '../word.ts';
import {
  actions,
  kinds,
  needs,
  nodeActions,
  operations,
  powerActions,
  powers,
  reservationFields,
  resources,
  states,
} from './words.ts';

const number = (value: number) => formatNumber(value, 'es');
const count = (value: number, one: string, many = `${one}s`) =>
  `${number(value)} ${value === 1 ? one : many}`;
const mib = (value: number) => (value >= 1024 ? `${number(value / 1024)} GB` : `${number(value)} MB`);

const listed = (names: readonly string[], all: number) =>
  formatList(all > names.length ? [...names, `${number(all - names.length)} más`] : names, 'es');

function short({ asked, free, largest }: CapacityShort, what: string, show: (value: number) => string) {
  const never = asked > largest;
  return {
    message: never
      ? `Ningún PC de la nube es lo bastante grande: se piden ${show(asked)} ${what} y el mayor tiene ${show(largest)}.`
      : `La nube está llena: se piden ${show(asked)} ${what} y en un mismo PC quedan libres ${show(free)} como mucho.`,
    hint: never
      ? 'Elija un tamaño menor o pida un PC más grande a quien administra la nube.'
      : 'Elija un tamaño menor, apague un laboratorio que ya no haga falta o inténtelo más tarde.',
  };
}

function amount(resource: string, value: number): string {
  if (resource === 'ramMiB') return mib(value);
  return resource === 'vcpus' ? number(Math.floor(value)) : `${number(value)} GB`;
}

function whenFree({ nextStart, zone }: NoRoom): string {
  return nextStart === null ? 'Elija otra hora' : `Elija ${formatTime(nextStart, 'es', zone)}`;
}

function fieldHint(problem: string): string {
  const found = fieldProblem(problem);
  switch (found.kind) {
    case 'missing':
      return 'Falta: rellénelo.';
    case 'unknown':
      return 'Aquí no se espera nada con ese nombre: quítelo.';
    case 'id':
      return 'Un identificador tiene 26 letras y cifras; cópielo de una lista.';
    case 'type':
      return `Dé un valor del tipo «${found.expected}».`;
    case 'choice':
      return `Elija entre: ${found.choices.join(', ')}.`;
    case 'malformed':
      return 'Tiene caracteres o una forma que ahí no se admiten.';
    default: {
      const bound = number(found.bound);
      const end = found.kind === 'most' ? 'como máximo' : 'como mínimo';
      if (found.of === 'number') return `Dé ${bound} ${end}.`;
      return `Dé ${bound} ${found.of === 'text' ? 'caracteres' : 'elementos'} ${end}.`;
    }
  }
}

export const stateErrors: typeof en = {
  'access.denied': ({ need }) => ({
    message: `Esto solo puede hacerlo ${word(needs, need)}.`,
    hint: 'Pídaselo a quien pueda hacerlo o entre con otra cuenta.',
  }),
  'access.signed_out': () => ({
    message: 'Su sesión ya no está abierta: ha terminado, o ya no existe la cuenta.',
    hint: 'Vuelva a entrar.',
  }),
  'cloud.exists': ({ name }) => ({
    message: `Esta nube ya está creada; se llama «${name}».`,
    hint: 'Siga con ella o empiece otra con una carpeta de datos vacía.',
  }),
  'payload.invalid': ({ field, problem }) => ({
    message: field
      ? `El valor de «${field}» no se puede aceptar.`
      : 'La petición no se puede aceptar tal como está.',
    hint: fieldHint(problem),
  }),
  not_found: ({ kind, id }) => ({
    message: `No existe ${word(kinds, kind)} «${id}», o no tiene permiso para verlo.`,
    hint: 'Compruebe el nombre o el identificador en la lista; quizá se haya borrado entretanto.',
  }),
  'name.taken': ({ kind, name }) => ({
    message: `El nombre «${name}» ya está cogido: lo tiene ${word(kinds, kind)} que ya existe.`,
    hint: 'Elija otro nombre o cambie antes el del otro.',
  }),
  'node.not_ready': ({ node, state }) => ({
    message: `El PC «${node}» no admite laboratorios: está ${word(states, state)}.`,
    hint: 'Elija otro PC o deje que elija la nube.',
  }),
  'node.wrong_state': ({ node, state, action }) => ({
    message: `El PC «${node}» no se puede ${word(nodeActions, action)} ahora: está ${word(states, state)}.`,
    hint: 'Espere a que se asiente o mire en Nodos qué se puede hacer con él ahora.',
  }),
  'node.retired': ({ node }) => ({
    message: `El PC «${node}» se retiró: ya no forma parte de la nube.`,
    hint: 'Para recuperarlo, vacíe su carpeta de datos y haga que se una de nuevo.',
  }),
  'node.last': ({ node }) => ({
    message: `«${node}» es el último PC de la nube; sin él no habría nube.`,
    hint: 'Haga antes que se una otro PC.',
  }),
  'node.busy': ({ node, vms, count: all }) => ({
    message: `En «${node}» ${all === 1 ? 'sigue' : 'siguen'} en marcha ${count(all, 'laboratorio')}: ${listed(vms, all)}.`,
    hint: 'Espere a que se suspendan o apáguelos.',
  }),
  'node.has_disks': ({ node, vms, count: all }) => ({
    message: `En «${node}» están los discos de ${count(all, 'laboratorio')}, que se perderían: ${listed(vms, all)}.`,
    hint: 'Borre antes esos laboratorios o retire el PC a la fuerza si su trabajo no hace falta.',
  }),
  'node.only_copy': ({ node, images, count: all }) => ({
    message: `«${node}» tiene la única copia de ${count(all, 'imagen', 'imágenes')}: ${listed(images, all)}.`,
    hint: 'Espere a que otro PC las tenga o retire este a la fuerza si no hacen falta.',
  }),
  'node.share_in_use': ({ node, share, vms }) => ({
    message: `La parte de «${node}» no puede ser el ${number(share)} % ahora: ${count(vms, 'laboratorio')} en marcha ${vms === 1 ? 'necesita' : 'necesitan'} más.`,
    hint: 'Apague laboratorios en él, vacíelo antes o elija una parte mayor.',
  }),
  'node.too_old': ({ node, protocol, level }) => ({
    message: `El labmesh de «${node}» es demasiado antiguo para esta nube: habla el nivel ${number(protocol)} y la nube está en el ${number(level)}.`,
    hint: 'Instale la versión que tienen los demás PC y vuelva a arrancarlo.',
  }),
  'cloud.level_too_low': ({ need, level, nodes }) => ({
    message: `Esto necesita el nivel ${number(need)} en todos los PC; la nube está en el ${number(level)}${nodes.length > 0 ? ` a causa de ${formatList(nodes, 'es')}` : ''}.`,
    hint: 'Ponga todos los PC de la nube en la misma versión y vuelva a intentarlo.',
  }),
  'cloud.full': ({ nodes }) => ({
    message: `La nube tiene ya los ${number(nodes)} PC que puede tener.`,
    hint: 'Retire un PC que ya no esté.',
  }),
  'cloud.authority_set': ({ name }) => ({
    message: `La nube «${name}» ya tiene su autoridad de certificación.`,
    hint: 'No queda nada por hacer.',
  }),
  'cloud.wrong_power': ({ state, action }) => ({
    message: `La nube no se puede ${word(powerActions, action)} ahora: está ${word(powers, state)}.`,
    hint: 'Mire en Nodos qué hace ahora.',
  }),
  'cloud.not_on': ({ state }) => ({
    message: `Ahora no arranca ningún laboratorio: la nube está ${word(powers, state)}.`,
    hint: 'Vuelva a intentarlo cuando quien administra la nube la haya arrancado.',
  }),
  'join.too_many_tokens': ({ limit }) => ({
    message: `Ya hay ${number(limit)} invitaciones, que son todas las que se pueden guardar.`,
    hint: 'Espere a que caduquen las que hay o haga una que sirva a varios PC.',
  }),
  'user.last_admin': ({ name }) => ({
    message: `«${name}» es la última cuenta de administración; sin ninguna, nadie podría arreglar la nube.`,
    hint: 'Dé antes ese papel a otra persona.',
  }),
  'user.has_vms': ({ name, count: vms }) => ({
    message: `«${name}» todavía tiene ${count(vms, 'laboratorio')}; al quitar la cuenta se perdería su trabajo.`,
    hint: 'Borre antes esos laboratorios.',
  }),
  'course.full': ({ name, places, enrolled, asked }) =>
    asked > 0
      ? {
          message: `«${name}» tiene ${count(places, 'plaza')} y ${number(enrolled)} ocupadas: no caben ${number(asked)} más, así que no se ha matriculado a nadie.`,
          hint: 'Dé más plazas al curso o quite a quienes lo hayan dejado.',
        }
      : {
          message: `«${name}» tiene ${count(enrolled, 'estudiante')}: ${count(places, 'plaza')} serían pocas.`,
          hint: 'Quite antes a estudiantes o ponga al menos tantas plazas.',
        },
  'course.has_vms': ({ name, count: vms }) => ({
    message: `${vms === 1 ? 'Todavía existe' : 'Todavía existen'} ${count(vms, 'laboratorio')} del curso «${name}».`,
    hint: 'Borre antes los laboratorios del curso.',
  }),
  'course.not_student': ({ name }) => ({
    message: `«${name}» no es estudiante; solo los estudiantes ocupan plazas en un curso.`,
    hint: 'El profesorado se indica al editar el curso.',
  }),
  'course.not_teacher': ({ name }) => ({
    message: `«${name}» es estudiante y no puede impartir un curso.`,
    hint: 'Elija a alguien del profesorado o dé antes ese papel a esta persona.',
  }),
  'course.already_linked': ({ course, image }) => ({
    message: `El curso «${course}» ya usa la imagen «${image}».`,
    hint: 'No queda nada por hacer.',
  }),
  'course.not_linked': ({ course, image }) => ({
    message: `El curso «${course}» no usa la imagen «${image}».`,
    hint: 'Elija una imagen del curso o enlace antes esta.',
  }),
  'course.not_enrolled': ({ course, user }) => ({
    message: `«${user}» no tiene plaza en «${course}».`,
    hint: 'Mire en la lista del curso quién la tiene.',
  }),
  'image.not_ready': ({ name, state }) => ({
    message: `La imagen «${name}» no se puede usar ahora: está ${word(states, state)}.`,
    hint: 'Espere a que termine la operación en curso y vuelva a intentarlo.',
  }),
  'image.in_use': ({ name, vms }) => ({
    message: `De la imagen «${name}» ${vms === 1 ? 'depende' : 'dependen'} ${count(vms, 'laboratorio')}, que no arrancarían sin ella.`,
    hint: 'Borre antes esos laboratorios.',
  }),
  'image.linked': ({ name, courses }) => ({
    message: `La imagen «${name}» se usa en ${formatList(courses, 'es')}.`,
    hint: 'Desenlácela antes del curso.',
  }),
  'image.not_importing': ({ name }) => ({
    message: `La imagen «${name}» no se está importando.`,
    hint: 'Su importación ya ha terminado; vea en Operaciones cómo.',
  }),
  'image.forbidden': ({ name }) => ({
    message: `La imagen «${name}» es de otra persona.`,
    hint: 'Pida a su dueño que la comparta o use una imagen propia.',
  }),
  'size.too_small': ({ size, sizeGiB, imageGiB }) => ({
    message: `La imagen necesita ${number(imageGiB)} GB de disco; el tamaño «${size}» tiene ${number(sizeGiB)} GB.`,
    hint: 'Elija un tamaño con más disco.',
  }),
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
  'quota.vms': ({ limit, have }) => ({
    message: `Cada persona puede tener ${count(limit, 'laboratorio')} a la vez, y ya hay ${number(have)}.`,
    hint: 'Borre un laboratorio que ya no haga falta y arranque este después.',
  }),
  'quota.running': ({ limit, have }) => ({
    message: `Cada persona puede tener ${count(limit, 'laboratorio')} en marcha o en espera a la vez, y hay ${number(have)}.`,
    hint: 'Apague o suspenda uno que ahora no necesite y arranque después este.',
  }),
  'quota.vcpus': ({ limit, have, asked }) => ({
    message: `Sus laboratorios en marcha pueden tener ${count(limit, 'procesador virtual', 'procesadores virtuales')} en total; tienen ${number(have)} y se piden ${number(asked)} más.`,
    hint: 'Elija un tamaño menor o apague un laboratorio que ahora no necesite.',
  }),
  'quota.ram': ({ limit, have, asked }) => ({
    message: `Sus laboratorios en marcha pueden tener ${mib(limit)} de memoria en total; tienen ${mib(have)} y se piden ${mib(asked)} más.`,
    hint: 'Elija un tamaño menor o apague un laboratorio que ahora no necesite.',
  }),
  'quota.disk': ({ limit, have, asked }) => ({
    message: `Sus laboratorios pueden tener ${number(limit)} GB de disco en total; tienen ${number(have)} GB y se piden ${number(asked)} GB más.`,
    hint: 'Elija un tamaño menor o borre un laboratorio que ya no haga falta.',
  }),
  'quota.course': ({ course, limit, have }) => ({
    message: `El curso «${course}» puede tener ${count(limit, 'laboratorio')} en marcha o en espera a la vez, y hay ${number(have)}.`,
    hint: 'Espere a que alguien del curso apague el suyo o hable con su docente.',
  }),
  'queue.full': ({ limit }) => ({
    message: `Ya esperan un sitio ${count(limit, 'petición', 'peticiones')}, que son todas las que caben.`,
    hint: 'Inténtelo más tarde o reserve una hora.',
  }),
  'queue.too_long': ({ hours, vm }) => ({
    message: `La petición${vm ? ` del laboratorio «${vm}»` : ''} esperó ${count(hours, 'hora')} sin conseguir un sitio y se abandonó.`,
    hint: 'Arránquelo de nuevo, con un tamaño menor si le basta, o reserve una hora.',
  }),
  'request.cancelled': ({ vm, by }) => ({
    message: `${by} canceló la petición${vm ? ` del laboratorio «${vm}»` : ''}.`,
    hint: 'Arránquelo de nuevo si aún lo necesita.',
  }),
  'capacity.never': ({ resource, asked, largest, node }) => ({
    message: `Ningún PC de la nube podría llegar a ejecutarlo: pide ${amount(resource, asked)} de ${word(resources, resource)}, y «${node}», el que más se acerca, tiene ${amount(resource, largest)}.`,
    hint: 'Elija un tamaño menor o pida un PC más grande a quien administra la nube.',
  }),
  'capacity.reserved': (data) => ({
    message: `Las reservas no dejan sitio para un laboratorio que no se pueda suspender: no hay bastante ${word(resources, data.resource)}.`,
    hint: `${whenFree(data)}, pida menos horas o deje que se suspenda cuando llegue quien tiene una reserva.`,
  }),
  'capacity.vcpus': (data) =>
    short(data, data.asked === 1 ? 'procesador virtual' : 'procesadores virtuales', number),
  'capacity.ram': (data) => short(data, 'de memoria', mib),
  'capacity.storage': (data) => short(data, 'de disco', (value) => `${number(value)} GB`),
  'capacity.temp': (data) => short(data, 'de disco de datos', (value) => `${number(value)} GB`),
  'capacity.no_host': ({ nodes }) => ({
    message:
      nodes === 1
        ? 'El PC que lo ejecutaría no admite laboratorios ahora.'
        : `Ninguno de los ${number(nodes)} PC que podrían ejecutarlo admite laboratorios ahora.`,
    hint: 'Quien administra la nube verá la causa en Nodos, o con «labmesh doctor» en el PC.',
  }),
  'reservation.past': ({ at, zone }) => ({
    message: `${formatTime(at, 'es', zone)} ya ha pasado.`,
    hint: 'Elija una hora por venir; lo que ha de arrancar ahora no necesita reserva.',
  }),
  'reservation.malformed': ({ field, value }) => ({
    message: `«${value}» no vale como ${word(reservationFields, field)}.`,
    hint: 'Escriba una hora como 2027-03-01T09:00, un lugar como Europe/Madrid y de 1 a 60 semanas; la fecha debe existir.',
  }),
  'reservation.hours': ({ hours, min, max }) => ({
    message: `Una reserva dura de ${number(min)} a ${number(max)} horas enteras; ${number(hours)} no vale.`,
    hint: `Elija de ${number(min)} a ${number(max)} horas.`,
  }),
  'reservation.count': ({ count: asked, min, max }) => ({
    message: `Aquí no se pueden reservar ${number(asked)} laboratorios: ha de ser un número entero de ${number(min)} a ${number(max)}.`,
    hint: 'Un curso reserva como mucho tantos laboratorios como plazas tiene; una persona, uno.',
  }),
  'reservation.too_far': ({ days }) => ({
    message: `Se puede reservar con ${count(days, 'día')} de antelación como mucho.`,
    hint: 'Elija una fecha más cercana o menos semanas.',
  }),
  'reservation.too_many': ({ limit }) => ({
    message: `Ya hay ${count(limit, 'reserva')} por venir, que son todas las que caben.`,
    hint: 'Quite las que ya no hagan falta.',
  }),
  'reservation.no_room': (data) => ({
    message:
      data.free === 0
        ? `Para entonces no queda nada: otras reservas ocupan todo lo que hay de ${word(resources, data.resource)}.`
        : `Junto a lo ya reservado solo ${data.free === 1 ? 'cabría' : 'cabrían'} ${count(data.free, 'laboratorio')} de este tamaño: no hay bastante ${word(resources, data.resource)}.`,
    hint: `${whenFree(data)}${data.free > 0 ? ', menos laboratorios' : ''} o un tamaño menor.`,
  }),
  'reservation.no_places': ({ course }) => ({
    message: `El curso «${course}» no tiene plazas: no hay para quién reservar.`,
    hint: 'Dé primero plazas al curso.',
  }),
  'reservation.dst_gap': ({ local, zone, next }) => ({
    message: `${local} no existe en ${zone}: a esa hora se adelantan los relojes.`,
    hint: `Elija ${next} u otra hora.`,
  }),
  'reservation.not_due': ({ label, at }) => ({
    message: `Todavía no es la hora de la reserva «${label}»: ${formatTime(at, 'es')}.`,
    hint: 'No hay que hacer nada; la nube vuelve a mirar por sí sola.',
  }),
  'reservation.wrong_state': ({ label, state }) => ({
    message: `La reserva «${label}» ya no se puede cambiar: está ${word(states, state)}.`,
    hint: 'Haga otra si la necesita.',
  }),
  'image.reserved': ({ name, count: all }) => ({
    message: `${count(all, 'reserva')} por venir ${all === 1 ? 'necesita' : 'necesitan'} la imagen «${name}».`,
    hint: 'Quite primero esas reservas.',
  }),
  'sharing.off': () => ({
    message: 'En esta nube no cuenta compartir un PC, así que no hay nada que declinar.',
    hint: 'No hay que hacer nada.',
  }),
  'sharing.shares': ({ node }) => ({
    message: `Ya comparte el PC «${node}».`,
    hint: 'Para dejarlo, vacíelo y retírelo en Compartir este PC.',
  }),
  'setting.unknown': ({ key }) => ({
    message: `No existe el ajuste «${key}».`,
    hint: 'La página Ajustes y «labmesh setting ls» los muestran todos.',
  }),
  'setting.invalid': ({ key, value, expected }) => ({
    message: `El ajuste «${key}» no puede valer ${JSON.stringify(value) ?? 'nada'}.`,
    hint: `Admite: ${expected}.`,
  }),
  'operation.superseded': ({ by }) => ({
    message: `Un deseo más reciente ocupó su lugar: ${word(operations, by).toLowerCase()}.`,
    hint: 'No queda nada por hacer; siga la operación más reciente.',
  }),
  'operation.not_running': ({ state }) => ({
    message: `La operación no está en curso: está ${word(states, state)}.`,
    hint: 'No queda nada por hacer.',
  }),
  'image.import_lost': ({ node }) => ({
    message: `La importación terminó porque «${node}», el PC que la hacía, se interrumpió.`,
    hint: 'Importe la imagen de nuevo; un archivo subido sigue donde se quedó.',
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
