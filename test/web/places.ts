/** Every page by address, for each role, in a cloud with something in it. */
import type { Role } from '../../src/state/index.ts';
import { userNamed, vmOf } from '../support/fake-cloud.ts';
import type { FakeNode } from '../support/fake-node.ts';

export interface Place {
  readonly name: string;
  readonly path: string;
}

export const PEOPLE: Readonly<Record<Role, string>> = { student: 'ana', teacher: 'teresa', admin: 'admin' };

/** @param role whose places; `vm` is one of Ana's that runs, which teacher and admin may see too */
export function placesOf(node: FakeNode, role: Role): Place[] {
  const { tables } = node.state;
  const vm =
    tables.vm.by('owner', userNamed(node, 'ana').id).find((one) => one.observed.state === 'running') ??
    vmOf(node, 'ana');
  const course = tables.course.all().find((one) => one.id === vm.courseId) ?? tables.course.all()[0];
  const all: Place[] = [
    { name: 'labs', path: '/labs' },
    { name: 'start', path: `/labs/start?image=${vm.imageId}` },
    { name: 'choose', path: '/labs/start' },
    { name: 'vm', path: `/vms/${vm.id}` },
    { name: 'vm-table', path: `/vms/${vm.id}?span=day&table` },
    { name: 'vm-stop', path: `/vms/${vm.id}/stop` },
    { name: 'vm-delete', path: `/vms/${vm.id}/delete` },
    { name: 'vm-rename', path: `/vms/${vm.id}/rename` },
    { name: 'courses', path: '/courses' },
    { name: 'course', path: `/courses/${course?.id}` },
    { name: 'operations', path: '/operations' },
    { name: 'messages', path: '/notifications' },
    { name: 'account', path: '/account' },
    { name: 'share', path: '/share' },
    { name: 'help', path: '/help' },
  ];
  if (role === 'student') return all;
  all.push(
    { name: 'all-labs', path: '/labs/all' },
    { name: 'all-labs-none', path: '/labs/all?q=nothing-like-this' },
    { name: 'images', path: '/images' },
    { name: 'image', path: `/images/${vm.imageId}` },
    { name: 'import', path: '/images/import' },
  );
  if (role === 'teacher') return all;
  all.push(
    { name: 'image-delete', path: `/images/${vm.imageId}/delete` },
    { name: 'course-add', path: '/courses/add' },
    { name: 'course-delete', path: `/courses/${course?.id}/delete` },
    { name: 'people', path: '/people' },
    { name: 'person', path: `/people/${vm.ownerId}` },
    { name: 'person-add', path: '/people/add' },
    { name: 'people-import', path: '/people/import' },
    { name: 'nodes', path: '/nodes' },
    { name: 'node', path: `/nodes/${node.me.nodeId}` },
    { name: 'node-drain', path: `/nodes/${node.me.nodeId}/drain` },
    { name: 'node-retire', path: `/nodes/${node.me.nodeId}/retire` },
    { name: 'nodes-join', path: '/nodes/join' },
    { name: 'nodes-map', path: '/nodes/map' },
    { name: 'nodes-power', path: '/nodes/power' },
    { name: 'settings', path: '/settings' },
    { name: 'audit', path: '/audit' },
  );
  return all;
}
