export { NbdServer, type NbdServerOptions } from './server.ts';
