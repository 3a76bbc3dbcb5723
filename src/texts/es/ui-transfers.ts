/** Textos sobre imágenes en camino de un PC a otro. */
import type { transfers as en } from '../en/ui-transfers.ts';

export const transfers: typeof en = {
  title: 'En camino',
  more: (n) => `y ${n} más`,
  to: (node, version) => `Versión ${version} a ${node}`,
  work: (node) => `Trabajo guardado a ${node}`,
  amount: (done, total) => `${done} de ${total}`,
  begins: 'empieza',
  rate: (bytes) => `${bytes} por segundo`,
  left: (time) => `quedan ${time}`,
  from: 'Desde',
  sender: (node, bytes) => `${node}: ${bytes}`,
  lied: 'envió datos erróneos; no se le pide más',
  failing: 'no responde',
};
