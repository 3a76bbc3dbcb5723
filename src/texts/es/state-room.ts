/** Rechazos por falta de sitio: los límites de una persona, de la cola y de los PC. */
import type { CapacityShort } from '../../state/index.ts';
import type { roomRefusals as en } from '../en/state-room.ts';
import { word } from '../word.ts';
import { count, mib, number } from './figures.ts';
import { resources } from './words.ts';

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

export const roomRefusals: typeof en = {
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
};
