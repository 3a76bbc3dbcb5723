export type { LayerBelow } from './layer.ts';
export { type RestoreRequest, restoreWork } from './restore.ts';
