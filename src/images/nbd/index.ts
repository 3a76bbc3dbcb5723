export {
  CONTROL_PROTOCOL,
  Lines,
  line,
  MAX_LISTED_CHUNKS,
  type Notice,
  noticeSchema,
  type Order,
} from './control.ts';
export { NbdServer, type NbdServerOptions } from './server.ts';
