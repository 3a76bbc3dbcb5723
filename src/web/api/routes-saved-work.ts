/** Saved work of VMs (V7, V9). */
import * as z from 'zod';
import { resolveVm } from '../resolve.ts';
import { type Call, route } from './route.ts';
import { changed, startBody, startFields } from './routes-vms.ts';
import { vmChangeSchema } from './schemas-vms.ts';

function vmOf({ state, actor, param }: Call) {
  return resolveVm(state, actor, param('id'));
}

export const savedWorkRoutes = [
  route({
    method: 'POST',
    path: '/vms/{id}/save',
    summary: 'Save the work in a VM now, on several PCs; the VM goes on',
    who: 'person',
    answer: vmChangeSchema,
    status: 202,
    run: async (call) => {
      const payload = { id: vmOf(call).id };
      return changed(call, await call.node.submit('vm.save', payload, call.author, call.once('vm.save')));
    },
  }),
  route({
    method: 'POST',
    path: '/vms/{id}/recover',
    summary: 'Start a VM whose PC is lost on another one, from its newest saved work',
    who: 'person',
    body: startBody,
    answer: vmChangeSchema,
    status: 202,
    run: async (call) => {
      const payload = { id: vmOf(call).id, ...startFields(call) };
      return changed(
        call,
        await call.node.submit('vm.recover', payload, call.author, call.once('vm.recover')),
      );
    },
  }),
  route({
    method: 'DELETE',
    path: '/vms/{id}/recovered/{version}',
    summary: 'Delete a recovered copy: what a PC still had of the VM that went on without it',
    who: 'person',
    answer: vmChangeSchema,
    run: async (call) => {
      const payload = { id: vmOf(call).id, versionId: z.string().parse(call.param('version')) };
      const once = call.once('vm.drop_recovered');
      return changed(call, await call.node.submit('vm.drop_recovered', payload, call.author, once));
    },
  }),
  route({
    method: 'POST',
    path: '/vms/{id}/recovered/{version}/open',
    summary: 'Make a recovered copy a VM of its own, off, to look into it; answers with that VM',
    who: 'person',
    answer: vmChangeSchema,
    run: async (call) => {
      const versionId = z.string().parse(call.param('version'));
      const payload = { id: vmOf(call).id, versionId, newId: call.node.newId() };
      const once = call.once('vm.open_recovered');
      return changed(call, await call.node.submit('vm.open_recovered', payload, call.author, once));
    },
  }),
];
