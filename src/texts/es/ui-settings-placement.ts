/** Ajustes de qué PC se elige y cuándo alguien cede su sitio. */
import type { placementSettings as en } from '../en/ui-settings-placement.ts';

export const placementSettings: typeof en = {
  'scheduler.policy': {
    name: 'Cómo se elige un PC',
    effect: 'penalty: el que menos sufre. binpack: el más lleno con sitio. spread: el más vacío.',
  },
  'scheduler.locality': {
    name: 'Peso de tener la imagen',
    effect: 'Cuánto cuenta que un PC ya tenga la imagen.',
  },
  'scheduler.local_user': {
    name: 'Peso de quien usa el PC',
    effect: 'Cuánto cuenta en contra de un PC que alguien lo esté usando.',
  },
  'scheduler.accelerator': {
    name: 'Peso de la aceleración',
    effect: 'Cuánto cuenta que el procesador de un PC ejecute los laboratorios en vez de imitarlos.',
  },
  'scheduler.course_spread': {
    name: 'Peso de repartir un curso',
    effect: 'Cuánto cuenta en contra de un PC que ya tenga laboratorios del mismo curso.',
  },
  'scheduler.stability': {
    name: 'Peso de la estabilidad',
    effect: 'Cuánto cuenta en contra de un PC que hace poco estuviera fuera de alcance.',
  },
  'scheduler.large_room': {
    name: 'Peso de guardar sitio a los grandes',
    effect:
      'Cuánto cuenta en contra de un PC que tenga uno de los últimos sitios para el tamaño mayor, cuando pide uno menor.',
  },
  'scheduler.preemption': {
    name: 'Suspender para dar paso',
    effect:
      'Si los laboratorios que lo permiten se suspenden cuando una petición con más derecho no encuentra sitio.',
  },
  'scheduler.preempt_pause': {
    name: 'Descanso después',
    effect: 'Un laboratorio que cedió su sitio y siguió conserva el nuevo al menos este tiempo.',
  },
  'scheduler.preempt_notice': {
    name: 'Aviso antes',
    effect: 'Con cuánta antelación se avisa de que un laboratorio se suspende, cuando hay tiempo.',
  },
  'scheduler.starts_per_node': {
    name: 'Arranques a la vez',
    effect: 'Cuántos laboratorios arranca un PC al mismo tiempo; los demás siguen después.',
  },
  'scheduler.backfill': {
    name: 'Los pequeños pueden pasar',
    effect: 'Si una petición pequeña y corta puede arrancar antes que una grande que espera, sin retrasarla.',
  },
  'scheduler.cpu_excess': {
    name: 'Exceso de vCPU',
    effect:
      'Cuántas vCPU se pueden prometer por encima de los núcleos de un PC: 0,2 es un quinto más. La memoria y el disco nunca se prometen de más.',
  },
  'scheduler.weight_cpu': {
    name: 'Peso del procesador',
    effect: 'Cuánto cuentan las vCPU usadas al elegir un PC para un laboratorio.',
  },
  'scheduler.weight_ram': {
    name: 'Peso de la memoria',
    effect: 'Cuánto cuenta la memoria usada al elegir un PC para un laboratorio.',
  },
  'scheduler.weight_storage': {
    name: 'Peso del disco',
    effect: 'Cuánto cuenta el disco usado al elegir un PC para un laboratorio.',
  },
  'scheduler.weight_temp': {
    name: 'Peso del disco de datos',
    effect: 'Cuánto cuenta el espacio usado por discos de datos al elegir un PC.',
  },
};
