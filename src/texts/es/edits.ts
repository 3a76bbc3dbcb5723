import type { editErrors as en } from '../en/edits.ts';
import { formatTime } from '../format.ts';

export const editErrors: typeof en = {
  'image.edited': ({ name, user, vm, since, until }) => ({
    message: `${user} está cambiando la imagen «${name}» en el laboratorio «${vm}», desde ${formatTime(since, 'es')}.`,
    hint: `Es solo suya hasta ${formatTime(until, 'es')}, y más tiempo mientras trabaje en ella. Pídale que publique sus cambios o que renuncie a ellos; después de esa hora, o como administrador, puede usted hacerse cargo de la edición.`,
  }),
  'image.not_edited': ({ name }) => ({
    message: `Nadie está cambiando la imagen «${name}».`,
    hint: 'Ábrala primero para cambiarla y publique después el laboratorio en que la cambió. O publique con un nombre nuevo.',
  }),
  'image.edit_cd': ({ name }) => ({
    message: `La imagen «${name}» es un CD de instalación y no se puede cambiar.`,
    hint: 'Arranque con ella un laboratorio que conserve su disco, instale allí y publíquelo como imagen nueva.',
  }),
  'image.unchanged': ({ name }) => ({
    message: `Nada en el disco difiere de la versión actual de «${name}»: no se ha hecho una versión nueva.`,
    hint: 'Siga cambiándola o renuncie a la edición.',
  }),
  'image.not_publishing': ({ vm }) => ({
    message: `El laboratorio «${vm}» no se está publicando.`,
    hint: 'Mire las operaciones: quizá ya haya terminado.',
  }),
  'vm.publishing': ({ name, image }) => ({
    message: `El disco del laboratorio «${name}» se está publicando como «${image}».`,
    hint: 'Espere a que termine o cancele la publicación; el disco queda como está.',
  }),
  'image.clean_lab': ({ name }) => ({
    message: `El laboratorio «${name}» empieza limpio cada vez: no conserva ningún disco que publicar.`,
    hint: 'Abra la imagen para cambiarla, o arranque un laboratorio que conserve su disco, y publique ese.',
  }),
  'vm.no_disk': ({ name }) => ({
    message: `El laboratorio «${name}» no ha funcionado nunca: todavía no tiene disco.`,
    hint: 'Arránquelo primero.',
  }),
  'image.publish_lost': ({ node }) => ({
    message: `El PC «${node}», donde estaba el disco, ya no forma parte de la nube.`,
    hint: 'Si el laboratorio estaba guardado en otros PC, arránquelo allí y publíquelo entonces.',
  }),
  'image.publish_unwanted': () => ({
    message: 'Ya nadie quiere el resultado.',
    hint: 'El laboratorio y su disco están como estaban.',
  }),
};
