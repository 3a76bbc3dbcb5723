export { type Asset, assets } from './assets.ts';
export type { Encoding } from './describe.ts';
