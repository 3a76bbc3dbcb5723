import type { replicaErrors as en } from '../en/replicas.ts';
import { formatTime } from '../format.ts';
import { listed, number } from './figures.ts';

const pcs = (value: number) => `${number(value)} PC`;

export const replicaErrors: typeof en = {
  'image.delete_edited': ({ name, user, until }) => ({
    message: `${user} está cambiando la imagen «${name}», hasta ${formatTime(until, 'es')} si no pide más tiempo.`,
    hint: 'Espere a que publique o abandone sus cambios.',
  }),
  'image.not_on_node': ({ image, node }) => ({
    message: `El PC «${node}» no tiene copia de la imagen «${image}».`,
    hint: 'La página de la imagen muestra qué PC la tienen.',
  }),
  'image.used_there': ({ image, node, vms, count }) => ({
    message: `La copia de «${image}» en «${node}» hace falta para ${listed(vms, count)}.`,
    hint: count === 1 ? 'Borre antes ese laboratorio.' : 'Borre antes esos laboratorios.',
  }),
  'image.last_copies': ({ image, copies }) => ({
    message: `La imagen «${image}» se guarda en ${pcs(copies)} por seguridad, y ningún otro PC podría sustituir esta copia.`,
    hint: 'Encienda o añada otro PC. Cuántas copias se guardan es un ajuste de la nube: image.copies.',
  }),
  'image.no_node_left': ({ image, asked, nodes }) => ({
    message: `La imagen «${image}» no se puede poner en ${pcs(asked)}: ahora la podrían tener ${number(nodes)}.`,
    hint: 'Pida menos copias o añada un PC.',
  }),
  'image.version_current': ({ image, number: version }) => ({
    message: `La versión ${number(version)} de «${image}» es la que toman los laboratorios nuevos.`,
    hint: 'Haga antes que los laboratorios nuevos tomen otra versión, o borre la imagen.',
  }),
  'image.version_in_use': ({ image, number: version, vms }) => ({
    message: `La versión ${number(version)} de «${image}» todavía hace falta${vms > 0 ? ` para ${number(vms)} ${vms === 1 ? 'laboratorio' : 'laboratorios'}` : ''}.`,
    hint: 'Borre antes los laboratorios que salieron de ella.',
  }),
  'image.version_leaving': ({ image, number: version }) => ({
    message: `La versión ${number(version)} de «${image}» ya se está borrando.`,
    hint: 'Los PC apagados borran su copia cuando vuelven. No queda nada por hacer.',
  }),
  'image.deploy_not_running': ({ image }) => ({
    message: `La imagen «${image}» no se está copiando ahora a ningún PC.`,
    hint: 'No queda nada por hacer.',
  }),
  'image.deploy_partly': ({ image, done, total, nodes, count }, say) => {
    const each = nodes.map(({ node, cause }) =>
      node === '' ? say(cause).message : `${node}: ${say(cause).message}`,
    );
    const more = count > nodes.length ? ` Y ${pcs(count - nodes.length)} más.` : '';
    return {
      message: `${number(done)} de ${pcs(total)} tienen «${image}». ${each.join(' ')}${more}`,
      hint: 'Lo que ya está se queda. Los demás PC lo intentan otra vez por sí solos en cuanto pueden.',
    };
  },
  'image.remove_waits': ({ image, nodes, count }) => ({
    message: `«${image}» está borrada, salvo en ${listed(nodes, count)}, que no ${count === 1 ? 'responde' : 'responden'}.`,
    hint: 'El resto se borra en cuanto vuelvan. Un PC que no volverá se puede sacar de la nube.',
  }),
  'image.node_away': () => ({
    message: 'No responde.',
    hint: 'Tendrá su copia cuando vuelva.',
  }),
  'image.no_more_nodes': ({ copies }) => ({
    message: `Para ${number(copies)} ${copies === 1 ? 'copia' : 'copias'} más no queda ningún PC encendido y con sitio.`,
    hint: 'Encienda o añada un PC, o haga sitio en alguno.',
  }),
};
