/** Ajustes de las imágenes: copias, ediciones, importaciones y transferencias. */
import type { imageSettings as en } from '../en/ui-settings-images.ts';

export const imageSettings: typeof en = {
  'image.max_size': {
    name: 'Mayor disco de una imagen',
    effect: 'Un fichero cuyo disco dice ser mayor se rechaza al importarlo.',
  },
  'image.copies': {
    name: 'Copias de una imagen',
    effect: 'En cuántos PC se guarda cada imagen, para que perder uno no pierda ninguna.',
  },
  'image.replace_minutes': {
    name: 'Espera por las copias de un PC apagado',
    effect: 'Después, otro PC recibe copia de las imágenes de un PC que no responde.',
  },
  'image.keep_versions': {
    name: 'Versiones guardadas de una imagen',
    effect:
      'A cuántas de las más nuevas se puede volver; las más antiguas que ningún laboratorio usa se borran.',
  },
  'image.min_free_percent': {
    name: 'Disco libre en cada PC',
    effect:
      'Un PC con menos disco libre borra copias de imágenes que no necesita, primero las que llevan más tiempo sin uso. 0 lo desactiva.',
  },
  'image.scrub_days': {
    name: 'Comprobar las copias de imágenes cada',
    effect: 'Cada cuánto lee cada PC sus copias enteras y repara lo que su disco olvidó. 0: nunca.',
  },
  'import.allow_private': {
    name: 'Imágenes desde direcciones privadas',
    effect:
      'Permite importar desde direcciones de su propia red, como una réplica en el campus. Se podría alcanzar también otros servicios de ella.',
  },
  'transfer.max_up': {
    name: 'Envío de imágenes',
    effect: 'Lo que cada PC puede enviar de imágenes a otros. 0: lo que dé su línea.',
  },
  'transfer.max_down': {
    name: 'Recepción de imágenes',
    effect: 'Lo que cada PC puede traer de imágenes de otros. 0: lo que dé su línea.',
  },
  'transfer.free_from': {
    name: 'Imágenes sin límite desde',
    effect: 'Desde esta hora en el reloj de cada PC no valen los límites de arriba.',
  },
  'transfer.free_until': {
    name: 'Imágenes sin límite hasta',
    effect: 'A esta hora vuelven a valer. La misma hora en ambos: valen siempre.',
  },
  'transfer.user_active_percent': {
    name: 'Imágenes junto a una persona',
    effect:
      'Mientras alguien usa un PC, este envía y recibe imágenes a esta parte de su límite, o de lo que dé su línea.',
  },
  'edit.hours': {
    name: 'Derecho a cambiar una imagen',
    effect:
      'Durante este tiempo tras el último uso, la imagen es solo de quien la edita; después otros pueden hacerse cargo. No se borra nada por ello.',
  },
};
