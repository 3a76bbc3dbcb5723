import type { AcrossErrors } from '../../node/errors.ts';
import type { Catalogue } from '../sentence.ts';

export const acrossErrors: Catalogue<AcrossErrors> = {
  'vm.node_silent': ({ node, vm }) => ({
    message: `${node}, donde está "${vm}", no responde.`,
    hint: 'Compruebe que ese PC está encendido y conectado a la red y que labmesh funciona en él; después vuelva a intentarlo. Nada de su disco se ha perdido.',
  }),
  'upload.node_silent': ({ node }) => ({
    message: `${node}, que guarda el comienzo de esta subida, no responde.`,
    hint: 'Continúe cuando vuelva, o suba el archivo de nuevo.',
  }),
  'across.not_here': ({ name }) => ({
    message: `"${name}" ya no está en el PC al que se preguntó: se ha movido, o la noticia aún está en camino.`,
    hint: 'Vuelva a intentarlo en un momento.',
  }),
};
