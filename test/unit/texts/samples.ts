/** One plausible value for each code whose data is not plain numbers and words. */
import type { CliErrors } from '../../../src/cli/errors.ts';
import type { StateErrors } from '../../../src/state/index.ts';
import { describe } from '../../../src/texts/index.ts';
import type { NoticeCodes } from '../../../src/texts/notices.ts';

const short = { asked: 4096, free: 1024, largest: 8192 };
const cause = { code: 'vm.crashed', data: {} };

export const samples: StateErrors & NoticeCodes & CliErrors = {
  'access.denied': { need: 'admin' },
  'access.signed_out': {},
  'cloud.exists': { name: 'Physics' },
  'payload.invalid': { field: 'name', problem: 'Too big: expected string to have <=63 characters' },
  not_found: { kind: 'vm', id: 'web' },
  'name.taken': { kind: 'image', name: 'Debian' },
  'node.not_ready': { node: 'pc-3', state: 'draining' },
  'node.wrong_state': { node: 'pc-3', state: 'joining', action: 'drain' },
  'node.retired': { node: 'pc-3' },
  'node.last': { node: 'pc-3' },
  'node.busy': { node: 'pc-3', vms: ['web', 'db'], count: 12 },
  'node.has_disks': { node: 'pc-3', vms: ['web'], count: 1 },
  'node.only_copy': { node: 'pc-3', images: ['Debian'], count: 1 },
  'node.share_in_use': { node: 'pc-3', share: 50, vms: 2 },
  'node.too_old': { node: 'pc-3', protocol: 1, level: 2 },
  'cloud.level_too_low': { need: 3, level: 2, nodes: ['pc-3'] },
  'cloud.full': { nodes: 250 },
  'cloud.authority_set': { name: 'Physics' },
  'cloud.wrong_power': { state: 'on', action: 'startup' },
  'cloud.not_on': { state: 'stopping' },
  'join.token_unknown': {},
  'join.token_revoked': {},
  'join.token_expired': { expiredAt: 1_700_000_000_000 },
  'join.token_used_up': { maxUses: 1 },
  'join.already_member': { nodeId: '01J' },
  'join.too_many_tokens': { limit: 500 },
  'vm.held': { by: 'drain', vm: 'web', vmId: '01J' },
  'user.last_admin': { name: 'admin' },
  'user.has_vms': { name: 'ana', count: 2 },
  'course.full': { name: 'Networks', places: 20, enrolled: 19, asked: 3 },
  'course.has_vms': { name: 'Networks', count: 1 },
  'course.not_student': { name: 'ana' },
  'course.not_teacher': { name: 'ana' },
  'course.already_linked': { course: 'Networks', image: 'Debian' },
  'course.not_linked': { course: 'Networks', image: 'Debian' },
  'course.not_enrolled': { course: 'Networks', user: 'ana' },
  'image.not_ready': { name: 'Debian', state: 'importing' },
  'image.in_use': { name: 'Debian', vms: 2 },
  'image.linked': { name: 'Debian', courses: ['Networks', 'Systems'] },
  'image.not_importing': { name: 'Debian' },
  'image.forbidden': { name: 'Debian' },
  'size.too_small': { size: 'Linux small', sizeGiB: 5, imageGiB: 8 },
  'vm.wrong_state': { name: 'web', state: 'running', action: 'start' },
  'vm.stale_epoch': { vm: 'web', epoch: 1, current: 2 },
  'vm.no_lease': { name: 'web' },
  'lease.hours': { hours: 9, min: 1, max: 5 },
  'quota.vms': { limit: 3, have: 3 },
  'capacity.vcpus': { asked: 4, free: 1, largest: 2 },
  'capacity.ram': short,
  'capacity.storage': short,
  'capacity.temp': short,
  'capacity.no_host': { nodes: 1, reasons: ['node.drained'] },
  'setting.unknown': { key: 'x' },
  'setting.invalid': { key: 'lease.max_hours', value: 'many', expected: 'integer 1..168' },
  'operation.timed_out': { seconds: 180, kind: 'vm.start', target: 'web' },
  'operation.superseded': { by: 'vm.stop' },
  'operation.not_running': { state: 'done' },
  'image.import_lost': { node: 'pc-3' },
  'vm.crashed': {},
  'vm.power_lost': {},
  'vm.guest_off': {},
  'vm.lease_ended': { vm: 'web', vmId: '01J' },
  'image.imported': { image: 'Debian' },
  'image.import_failed': { image: 'Debian', cause },
  'vm.failed': { vm: 'web', vmId: '01J', cause },
  'vm.stopped': {},
  'vm.suspended': {},
  'vm.deleted': {},
  'vm.running': {},
  'command.unknown': { type: 'x.y' },
  'command.fault': { type: 'vm.start', reason: 'x is not a function' },
  internal: {},
  'cli.usage': { problem: 'There is no option --x.', command: 'labmesh vm' },
  'cli.no_node': { data: '/var/lib/labmesh' },
  'cli.socket_denied': { socket: '/var/lib/labmesh/control.sock' },
  'cli.unreachable': { url: 'https://pc-3:8443', reason: 'ECONNREFUSED' },
  'cli.untrusted': { url: 'https://pc-3:8443', reason: 'self-signed' },
  'cli.connection_lost': { url: 'https://pc-3:8443' },
  'cli.strange_answer': { url: 'https://pc-3:8443', status: 404, what: 'text/html' },
  'cli.request_timeout': { url: 'https://pc-3:8443', seconds: 30 },
  'cli.wait_timeout': { seconds: 90, operation: '01J' },
  'cli.token_missing': { url: 'https://pc-3:8443' },
  'cli.file_missing': { file: 'a.qcow2' },
  'cli.file_unreadable': { file: 'a.qcow2', reason: 'EACCES' },
  'cli.file_unwritable': { file: 'a.qcow2', reason: 'EEXIST' },
  'cli.file_changed': { file: 'a.qcow2' },
  'cli.local_only': { command: 'labmesh image export' },
  'cli.password_empty': {},
  'cli.password_differs': {},
  'cli.no_terminal': { option: '--password-stdin' },
  'cli.users_partly': { added: 3, refused: 1 },
  'cli.image_damaged': { image: 'Debian', checked: 100, damaged: 2 },
  'cli.doctor_faults': { faults: 2 },
  'cli.node_running': { data: '/var/lib/labmesh' },
  'cli.drain_timeout': { node: 'pc-3', seconds: 90, vms: 2 },
  'cli.drain_cancelled': { node: 'pc-3', state: 'ready' },
  'cli.shutdown_timeout': { seconds: 90, vms: 1 },
  'cli.shutdown_cancelled': {},
  'cli.not_confirmed': { command: 'labmesh cloud recover' },
  'cli.cancelled': { operation: '01J' },
};

const known = new Map<string, object>(Object.entries(samples));

/** Codes whose data names one of a few reasons. */
const reasons: Readonly<Record<string, object>> = {
  'join.token_malformed': { reason: 'checksum' },
  'log.change_refused': { reason: 'behind', nodeId: 'pc-3' },
  'log.damaged': { dir: '/var/lib/labmesh/log', reason: 'current', file: 'CURRENT', detail: 'x' },
  'web.csv': { line: 3, reason: 'columns', limit: 1000 },
};

/**
 * Data for a code of another folder: every field is the number 7, which reads well as a number and as a word; where the sentence
 * works on texts or lists, a text or a list.
 */
export function sampleFor(code: string): Readonly<Record<string, unknown>> {
  const own = known.get(code) ?? reasons[code];
  if (own) return { ...own };
  const shapes = [7, '7', ['7']].map((value) => new Proxy<Record<string, unknown>>({}, { get: () => value }));
  const fits = shapes.find((shape) => !describe(code, shape, 'en').message.includes('no words for'));
  return fits ?? {};
}
