import type { imports as en } from '../en/ui-imports.ts';

export const imports: typeof en = {
  title: 'Importar desde una dirección',
  lead: 'Este PC trae el fichero de la web y lo convierte en imagen. Nada pasa por este navegador.',
  instead: 'Desde una dirección de la web',
  send: 'Enviar un fichero desde aquí',
  url: 'Dirección del fichero',
  urlHint: 'https o http. Una réplica en su propia red debe permitirla quien administra la nube.',
  sum: 'SHA-256 (si la conoce)',
  sumHint: 'La publica quien hizo la imagen. Se compara con lo que llega.',
  notMade: 'No se pudo crear esta imagen. No se ha conservado nada de ella y su nombre vuelve a estar libre.',
  cancelled:
    'Se canceló la creación de esta imagen. No se ha conservado nada de ella y su nombre vuelve a estar libre.',
  again: 'Volver a intentarlo',
  submit: 'Traer e importar',
};
