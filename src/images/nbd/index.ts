export type { Notice, Order } from './control.ts';
export { NbdServer, type NbdServerOptions } from './server.ts';
