/** Rechazos sobre imágenes, salvo los de sus copias y sus ediciones. */
import type { imageRefusals as en } from '../en/state-images.ts';
import { formatList } from '../format.ts';
import { word } from '../word.ts';
import { count, number } from './figures.ts';
import { states } from './words.ts';

export const imageRefusals: typeof en = {
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
  'image.import_lost': ({ node }) => ({
    message: `La importación terminó porque «${node}», el PC que la hacía, se interrumpió.`,
    hint: 'Importe la imagen de nuevo; un archivo subido sigue donde se quedó.',
  }),
};
