/** Rechazos sobre los PC, la nube que forman, las invitaciones y el compartir. */
import type { nodeRefusals as en } from '../en/state-nodes.ts';
import { formatList } from '../format.ts';
import { word } from '../word.ts';
import { count, listed, number } from './figures.ts';
import { nodeActions, powerActions, powers, states } from './words.ts';

export const nodeRefusals: typeof en = {
  'cloud.exists': ({ name }) => ({
    message: `Esta nube ya está creada; se llama «${name}».`,
    hint: 'Siga con ella o empiece otra con una carpeta de datos vacía.',
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
  'sharing.off': () => ({
    message: 'En esta nube no cuenta compartir un PC, así que no hay nada que declinar.',
    hint: 'No hay que hacer nada.',
  }),
  'sharing.shares': ({ node }) => ({
    message: `Ya comparte el PC «${node}».`,
    hint: 'Para dejarlo, vacíelo y retírelo en Compartir este PC.',
  }),
};
