/** Screens of VMs in the browser: tickets, and the WebSocket that carries VNC. */
import { Hono } from 'hono';
import { mayUseVm } from '../../state/index.ts';
import { actorOf, type WebEnv } from '../env.ts';
import { WebError } from '../errors.ts';
import { checkOrigin } from '../middleware/origin.ts';

export { CLOSE, type CloseReason } from './codes.ts';
export { Consoles } from './consoles.ts';
export { type IssuedTicket, Tickets } from './tickets.ts';

export function consoleRoutes(): Hono<WebEnv> {
  return new Hono<WebEnv>().get('/console/ws', async (c) => {
    const actor = actorOf(c);
    // Browsers let any site open a WebSocket to any host: only the origin tells whose page it was.
    checkOrigin(c);
    const { node, services, visitor, connection } = c.var;
    const isUpgrade = c.req.header('upgrade')?.toLowerCase() === 'websocket';
    if (!isUpgrade || !connection.upgrade) throw new WebError('web.upgrade', {});
    const { vmId, viewOnly } = services.tickets.redeem(c.req.query('ticket') ?? '', visitor, node.now());
    const vm = node.state.tables.vm.get(vmId);
    if (!vm || !mayUseVm(node.state, actor, vm)) throw new WebError('web.ticket', {});
    const proxy = services.consoles.connect(visitor, vmId, await node.openConsole(vmId), viewOnly);
    if (!connection.upgrade(c.req.raw, proxy)) {
      proxy.closed();
      throw new WebError('web.upgrade', {});
    }
    // The connection is a WebSocket now; what is returned here goes nowhere.
    return c.body(null, 200);
  });
}
