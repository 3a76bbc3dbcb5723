/** Sentences for the codes of `hypervisor/`. */
import type { HypervisorErrors } from '../../hypervisor/errors.ts';
import { formatDuration } from '../format.ts';
import type { Catalogue } from '../sentence.ts';
import { bytes, number } from './figures.ts';

const ms = (value: number) => formatDuration(value, 'en');

export const hypervisorErrors = {
  'hypervisor.libvirt_missing': ({ socket }) => ({
    message: `This PC hosts no VMs: nothing answers at libvirt's socket ${socket}.`,
    hint: 'Install and start libvirt ("apt install libvirt-daemon-system qemu-system-x86", "systemctl start libvirtd"), or name its socket with --libvirt. The node notices by itself.',
  }),
  'hypervisor.libvirt_denied': ({ socket }) => ({
    message: `This PC hosts no VMs: the node may not open libvirt's socket ${socket}.`,
    hint: 'Run the node as root, or add its user to the group "libvirt".',
  }),
  'hypervisor.libvirt_gone': () => ({
    message: 'The connection to libvirt on this PC is down. VMs that run go on.',
    hint: 'The node reconnects by itself. If this lasts, look at "systemctl status libvirtd".',
  }),
  'hypervisor.libvirt_silent': ({ afterMs }) => ({
    message: `libvirt on this PC did not answer for ${ms(afterMs)}.`,
    hint: 'The node reconnects by itself. If this lasts, restart libvirt ("systemctl restart libvirtd"); VMs are not harmed by that.',
  }),
  'hypervisor.protocol': ({ reason }) => ({
    message: `What answers as libvirt on this PC does not speak its protocol (${reason}).`,
    hint: 'Check that --libvirt names the socket of libvirtd, and that libvirt is version 6 or later.',
  }),
  'hypervisor.deadline': ({ procedure, afterMs }) => ({
    message: `libvirt did not finish "${procedure}" within ${ms(afterMs)}; it may still do so.`,
    hint: 'The node looks at the VM again by itself. If this happens often, the PC is overloaded or libvirt hangs: restart libvirt.',
  }),
  'hypervisor.busy': ({ calls }) => ({
    message: `${number(calls)} requests to libvirt are under way on this PC; no more are taken.`,
    hint: 'Try again in a moment. If this lasts, libvirt hangs: restart it.',
  }),
  'hypervisor.libvirt_failed': ({ reason }) => ({
    message: `libvirt refused: ${reason}`,
    hint: 'The words after the colon are libvirt\'s own. "labmesh doctor" on that PC checks the usual causes.',
  }),
  'hypervisor.qemu_missing': () => ({
    message: 'This PC hosts no VMs: libvirt is there, but QEMU is not installed.',
    hint: 'Install it ("apt install qemu-system-x86"). The node notices by itself.',
  }),
  'hypervisor.stopped': () => ({
    message: 'The node on this PC is stopping and takes no more work for VMs.',
    hint: 'Running VMs go on. Start the node again to manage them.',
  }),
  'hypervisor.vm_unknown': ({ vmId }) => ({
    message: `The VM ${vmId} is not on this PC.`,
    hint: 'It may have been deleted or moved. Look at the list of VMs.',
  }),
  'hypervisor.vm_id': ({ vmId }) => ({
    message: `"${vmId}" cannot be the id of a VM.`,
    hint: 'An id has up to 64 letters, digits, "-" and "_".',
  }),
  'hypervisor.vm_not_running': ({ vmId }) => ({
    message: `The VM ${vmId} is not running.`,
    hint: 'Start it first.',
  }),
  'hypervisor.epoch_stale': ({ vmId, known, asked }) => ({
    message: `The VM ${vmId} was placed anew (placement ${number(known)}); a request for placement ${number(asked)} came too late.`,
    hint: 'Nothing is lost and nothing needs doing: the later placement holds.',
  }),
  'hypervisor.spec': ({ field, reason }) => ({
    message: `A VM cannot be made like this: ${field} is ${reason}.`,
    hint: 'Change that value and try again.',
  }),
  'hypervisor.image_missing': ({ path }) => ({
    message: `The image of this VM is not on this PC (${path}).`,
    hint: 'Deploy the image to this PC, or start the VM where the image is.',
  }),
  'hypervisor.path_closed': ({ path, at, mode }) => ({
    message: `QEMU cannot reach ${path}: its user may not pass through the folder ${at} (mode ${mode}).`,
    hint: `Allow passing through ("chmod o+x ${at}"), or choose another data folder with --data.`,
  }),
  'hypervisor.disk_too_small': ({ asked, image }) => ({
    message: `A disk of ${bytes(asked)} is too small for an image of ${bytes(image)}.`,
    hint: 'Choose a larger size.',
  }),
  'hypervisor.disk_busy': () => ({
    message: 'The disk of the lab is being worked on.',
    hint: 'It is tried again by itself.',
  }),
  'hypervisor.block_job_ended': () => ({
    message: 'Work on the disk of the lab was cut off.',
    hint: 'It is tried again by itself; nothing on the disk is lost.',
  }),
  'hypervisor.disk_full': ({ path }) => ({
    message: `The disk of this PC is full (${path}).`,
    hint: 'Delete VMs or images that nobody needs, or start the VM on another PC.',
  }),
  'hypervisor.tool_missing': ({ tool }) => ({
    message: `The program ${tool} is missing on this PC.`,
    hint: 'Install QEMU\'s tools ("apt install qemu-utils qemu-system-x86").',
  }),
  'hypervisor.tool_failed': ({ tool, exitCode, reason }) => ({
    message: `${tool} failed (exit code ${exitCode}): ${reason}`,
    hint: 'The words after the colon are the program\'s own. "labmesh doctor" checks the usual causes.',
  }),
  'hypervisor.tool_deadline': ({ tool, afterMs }) => ({
    message: `${tool} did not finish within ${ms(afterMs)} and was ended.`,
    hint: 'The disk of this PC may be overloaded or failing. Try again.',
  }),
  'hypervisor.socket_path_long': ({ path, limit }) => ({
    message: `The path ${path} is longer than the ${number(limit)} bytes that a socket may have.`,
    hint: 'Choose a shorter data folder with --data.',
  }),
  'hypervisor.kvm_closed': ({ path, mode }) => ({
    message: `QEMU's user may not open ${path} (mode ${mode}): no hardware acceleration, and each start of a VM takes up to a minute longer.`,
    hint: `Open it ("chmod 0666 ${path}", or "apt install --reinstall udev" for good) and restart the node.`,
  }),
  'hypervisor.kvm_slow': ({ kvmMs, tcgMs }) => ({
    message: `Hardware acceleration works badly on this PC: the self-test took ${kvmMs === null ? 'too long' : ms(kvmMs)} with it and ${ms(tcgMs)} without.`,
    hint: 'VMs run without it unless --accel kvm says otherwise. If this PC is itself a VM, turn on nested virtualisation on its host.',
  }),
  'hypervisor.kvm_missing': () => ({
    message: 'This PC has no hardware acceleration (/dev/kvm is missing); VMs run, but slowly.',
    hint: 'Turn on virtualisation (VT-x or AMD-V) in the firmware setup of the PC.',
  }),
  'hypervisor.kvm_fails': ({ reason }) => ({
    message: `Hardware acceleration fails on this PC: ${reason}`,
    hint: 'VMs run without it, but slowly. Check the firmware setup and the kernel log.',
  }),
  'hypervisor.probe_failed': ({ reason }) => ({
    message: `The self-test of QEMU failed on this PC: ${reason}`,
    hint: 'VMs may not start. Reinstall QEMU ("apt install --reinstall qemu-system-x86") and restart the node.',
  }),
  'hypervisor.guests_reach_host': ({ reason }) => ({
    message: `VMs on this PC can reach the PC's own network services: the firewall rule could not be set (${reason}).`,
    hint: 'Install iptables ("apt install iptables") and restart the node.',
  }),
} satisfies Catalogue<HypervisorErrors>;
