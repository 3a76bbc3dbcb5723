/** Every page by address, for each role, in a cloud with something in it. */
import { mayManageReservation, maySeeReservation, type Role } from '../../src/state/index.ts';
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
    { name: 'vm-why', path: `/vms/${vm.id}/why` },
    { name: 'reservations', path: '/reservations' },
    { name: 'reservations-cloud', path: `/reservations?of=cloud&week=${inAWeek(node)}` },
    { name: 'reservation-add', path: '/reservations/add' },
    ...reservationPlaces(node, role),
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
    { name: 'import-address', path: '/images/import/address' },
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
    { name: 'queue', path: '/queue' },
    ...requestPlaces(node),
    { name: 'settings', path: '/settings' },
    { name: 'settings-scheduler', path: '/settings/scheduler' },
    { name: 'audit', path: '/audit' },
  );
  return all;
}

function inAWeek(node: FakeNode): string {
  return new Date(node.now() + 7 * 86_400_000).toISOString().slice(0, 10);
}

/** A reservation that Ana may see, where there is one. */
function reservationPlaces(node: FakeNode, role: Role): Place[] {
  const actor = userNamed(node, PEOPLE[role]);
  const found = node.state.tables.reservation.all().find((one) => maySeeReservation(node.state, actor, one));
  if (!found) return [];
  return [
    { name: 'reservation', path: `/reservations/${found.id}` },
    ...(mayManageReservation(node.state, actor, found)
      ? [{ name: 'reservation-cancel', path: `/reservations/${found.id}/cancel` }]
      : []),
  ];
}

/** Somebody who waits, where somebody does. */
function requestPlaces(node: FakeNode): Place[] {
  const [waiting] = node.state.tables.vm.by('waiting', 'yes');
  if (!waiting) return [];
  return [
    { name: 'request', path: `/vms/${waiting.id}` },
    { name: 'request-why', path: `/vms/${waiting.id}/why` },
    { name: 'request-cancel', path: `/vms/${waiting.id}/cancel` },
  ];
}
