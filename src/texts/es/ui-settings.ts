/** Textos de los ajustes: cómo se llama cada uno y qué hace. */
import type { settings as en } from '../en/ui-settings.ts';
import { cloudSettings } from './ui-settings-cloud.ts';
import { imageSettings } from './ui-settings-images.ts';
import { labSettings } from './ui-settings-labs.ts';
import { placementSettings } from './ui-settings-placement.ts';
import { prioritySettings } from './ui-settings-priority.ts';

export const settings: typeof en = {
  title: 'Ajustes',
  lead: 'Pocos, con valores de fábrica que sirven para un laboratorio. Un cambio vale al momento en todos los PC.',
  default: (value) => `De fábrica: ${value}`,
  between: (min, max) => `de ${min} a ${max}`,
  changedBy: (name, when) => `Lo cambió ${name}, ${when}`,
  reset: 'Volver al valor de fábrica',
  change: 'Cambiar',
  on: 'Sí',
  off: 'No',
  units: {
    minutes: 'minutos',
    hours: 'horas',
    seconds: 'segundos',
    VMs: 'laboratorios',
    GiB: 'GB',
    share: 'parte',
    weight: 'peso',
    entries: 'entradas',
    operations: 'operaciones',
    messages: 'mensajes',
    requests: 'peticiones',
    'o’clock': 'h',
    days: 'días',
    percent: 'por ciento',
    PCs: 'PC',
    vCPUs: 'procesadores virtuales',
    starts: 'arranques',
    points: 'puntos',
    times: 'veces',
  },
  groups: {
    lease: 'Tiempo',
    vm: 'Laboratorios',
    quota: 'Límites por persona',
    image: 'Imágenes',
    import: 'Importar de la web',
    edit: 'Cambiar imágenes',
    work: 'Trabajo guardado',
    transfer: 'Transferencias de imágenes',
    session: 'Inicio de sesión',
    scheduler: 'Reparto',
    queue: 'Cola',
    reservation: 'Reservas',
    priority: 'Quién va antes',
    sharing: 'Compartir PC',
    node: 'Los PC',
    election: 'Votantes',
    history: 'Lo que se guarda',
  },
  keys: {
    ...labSettings,
    ...imageSettings,
    ...placementSettings,
    ...prioritySettings,
    ...cloudSettings,
  },
};
