/** Sentences for the codes of `node/`: what this PC cannot do, and what the doctor finds. */
import type { DoctorCodes, NodeErrors } from '../../node/errors.ts';
import type { Catalogue } from '../sentence.ts';

const timing = (ms: number | null) => (ms === null ? 'did not finish' : `took ${(ms / 1000).toFixed(1)} s`);
const NOTHING = 'Nothing to do.';

export const nodeErrors: Catalogue<NodeErrors & DoctorCodes> = {
  'node.data_dir': (d) => ({
    message: `The data folder ${d.dir} cannot be used: ${d.reason}.`,
    hint: 'Run labmesh as root, or give another folder with --data.',
  }),
  'node.identity_damaged': (d) => ({
    message: `The file ${d.file}, which says who this node is, cannot be read.`,
    hint: 'Restore it from a backup of the data folder. Without it the folder belongs to no node.',
  }),
  'node.other_cloud': (d) => ({
    message: `The folder ${d.dir} belongs to a node of another cloud.`,
    hint: 'Start it with `labmesh up` as what it is, or join with another folder: `labmesh join TOKEN --data DIR`.',
  }),
  'node.no_copy': (d) => ({
    message: `The cloud let this PC in, but its log did not come within ${d.seconds} seconds.`,
    hint: 'Check that the ports of the mesh are open between the PCs, then run `labmesh up`.',
  }),
  'node.retired_here': ({ node, by, at }) => ({
    message: `This PC (${node}) was retired${by === '' ? '' : ` by ${by}`} on ${new Date(at).toISOString().slice(0, 16).replace('T', ' at ')} UTC: it is no part of the cloud any more, and nothing can be changed here.`,
    hint: 'To use it again: stop labmesh on this PC, empty its data folder, and run `labmesh join` with a new token. What was saved here and nowhere else goes with that folder.',
  }),
  'node.stopping': () => ({
    message: 'This PC is leaving the cloud right now.',
    hint: 'Open the page of another PC.',
  }),
  'node.host_off': () => ({
    message: 'This PC takes part without running labs: it was started with --no-host.',
    hint: 'Start it without --no-host to let it run labs.',
  }),
  'node.host_starting': () => ({
    message: 'This PC is still finding out how it can run labs.',
    hint: 'Wait a few seconds and try again.',
  }),
  'vm.no_console': (d) => ({
    message: `"${d.name}" has no screen now, because it does not run.`,
    hint: 'Start it, then open its screen.',
  }),
  'vm.image_not_here': (d) => ({
    message: `The image "${d.image}" is not on this PC.`,
    hint: 'Its page, or "labmesh image show", tells which PCs have it: ask there, or have it copied to this PC first.',
  }),
  'vm.vanished': () => ({
    message: 'Its virtual machine disappeared from the PC: somebody removed it outside of labmesh.',
    hint: 'Start it again; what was saved on its disk is still there.',
  }),
  'vm.host_stopped': () => ({
    message: 'Somebody switched it off on the PC itself, outside of labmesh.',
    hint: 'Start it again.',
  }),
  'vm.disk_full': () => ({
    message: 'It is paused because the disk of its PC is full.',
    hint: 'It goes on by itself when there is room. An administrator can delete labs or images on that PC.',
  }),
  'vm.image_coming': () => ({
    message: 'Its image is still coming to its PC while it runs.',
    hint: 'It may be slower than usual until everything is there.',
  }),
  'vm.image_waits': (d) => ({
    message:
      d.nodes.length === 0
        ? 'It waits for a part of its image, which no PC is sending.'
        : `It waits for its image: ${d.nodes.join(', ')} ${d.nodes.length === 1 ? 'does' : 'do'} not answer.`,
    hint: 'It goes on by itself, without damage, when a PC that has the image answers again. Switch one of them on.',
  }),
  'vm.image_away': () => ({
    message: 'It is paused: the part of labmesh that gives it its image is being started again.',
    hint: 'It goes on by itself in a moment. If it does not, see serve.log in the data folder of its PC.',
  }),
  'vm.save_lost': () => ({
    message: 'Its saved memory is gone from the PC, so it cannot go on where it was.',
    hint: 'Start it: its disk is as it was when it was suspended.',
  }),
  'orphan.not_ours': (d) => ({
    message: `The virtual machine "${d.name}" was not made by this cloud and stays as it is.`,
    hint: 'Remove it with the tool that made it, e.g. virsh.',
  }),
  'orphan.unknown': () => ({
    message: 'There is no such leftover on this PC any more.',
    hint: 'Look at the list again.',
  }),
  'import.not_local': () => ({
    message: 'A file on a PC can only be imported by root on that PC.',
    hint: 'Upload the file in the page instead.',
  }),
  'authority.files': (d) => ({
    message: `The file ${d.path} of this PC's certificates cannot be used: ${d.reason}.`,
    hint: 'Check that the disk is not full and that the folder belongs to the user of labmesh.',
  }),
  'authority.damaged': (d) => ({
    message: `The authority of the cloud in ${d.path} cannot be used: ${d.reason}.`,
    hint: 'Restore the folder from a backup, or copy the two files of the authority from another PC that votes.',
  }),
  'authority.no_key': () => ({
    message: 'This PC cannot sign certificates: it does not hold the key of the authority.',
    hint: 'Ask a PC that votes. If all of them are lost, recover the cloud from a backup.',
  }),
  'authority.expired': (d) => ({
    message: `The authority of the cloud ran out on ${new Date(d.expiredAt).toISOString().slice(0, 10)}.`,
    hint: 'Check the clock of this PC first. If it is right, the cloud needs a new authority.',
  }),
  'authority.request': (d) => ({
    message: `A certificate for the PC ${d.nodeId} was refused: ${d.reason}.`,
    hint: 'Check the host name of that PC and its --advertise, then start it again.',
  }),
  'authority.certificate': (d) => ({
    message: `This PC was sent a certificate that it cannot use: ${d.reason}.`,
    hint: 'Check that the clocks of the PCs agree and that this data folder belongs to this cloud.',
  }),

  'doctor.libvirt': (d) => ({
    message: `libvirt ${d.libvirtVersion} answers, with QEMU ${d.qemuVersion}.`,
    hint: NOTHING,
  }),
  'doctor.accel_kvm': (d) => ({
    message: `Labs run with KVM${d.forced ? ', as the setting says' : `: its self-test ${timing(d.kvmMs)}`}.`,
    hint: NOTHING,
  }),
  'doctor.accel_tcg': (d) => ({
    message: d.forced
      ? 'Labs run in software emulation, as --accel says. It is about ten times slower than KVM.'
      : `Labs run in software emulation: its self-test ${timing(d.tcgMs)}, that of KVM ${timing(d.kvmMs)}.`,
    hint: "Switch virtualization (VT-x or AMD-V) on in the PC's firmware, and load the module kvm_intel or kvm_amd.",
  }),
  'doctor.accel_unknown': () => ({
    message: 'How labs would run here is only known when libvirt answers.',
    hint: 'If this PC is to run labs, see the line about libvirt.',
  }),
  'doctor.not_measured': () => ({
    message: 'The disk could not be measured.',
    hint: 'Look into the log of the node for the reason.',
  }),
  'doctor.disk': (d) => ({
    message: `${d.freeGiB} of ${d.totalGiB} GB of the disk are free.`,
    hint: NOTHING,
  }),
  'doctor.disk_low': (d) => ({
    message: `Only ${d.freeGiB} of ${d.totalGiB} GB of the disk are free.`,
    hint: 'Delete images or labs that nobody needs, or give the PC a larger disk.',
  }),
  'doctor.disk_full': (d) => ({
    message: `The disk is full: ${d.freeGiB} of ${d.totalGiB} GB are free. Labs pause and nothing can be saved.`,
    hint: 'Free some space now: delete labs or images that nobody needs, or other files on this PC.',
  }),
  'doctor.data': (d) => ({ message: `The data folder ${d.dir} can be written.`, hint: NOTHING }),
  'doctor.data_readonly': (d) => ({
    message: `The data folder ${d.dir} cannot be written.`,
    hint: 'Check who owns it and whether its file system is mounted read-only.',
  }),
  'doctor.clock': () => ({ message: 'The clock agrees with what the cloud has seen.', hint: NOTHING }),
  'doctor.clock_behind': (d) => ({
    message: `The clock is ${d.seconds} s behind what the cloud has already seen; leases end that much late.`,
    hint: 'Switch time synchronisation on: timedatectl set-ntp true.',
  }),
  'doctor.no_master': (d) => ({
    message: `No PC is the master: ${d.alive} of ${d.voters} voters answer. Nothing can be changed now.`,
    hint: 'Switch the missing PCs on.',
  }),
  'doctor.one_voter': () => ({
    message: 'This PC alone keeps the records of the cloud; no other PC has a copy yet.',
    hint: 'Make a backup now and then: labmesh cloud backup FILE.',
  }),
  'doctor.quorum': (d) => ({
    message: `${d.alive} of ${d.voters} voters answer; ${d.mayFail} more may fail.`,
    hint: NOTHING,
  }),
  'doctor.images': () => ({
    message: 'The images on this PC are those that the cloud knows.',
    hint: NOTHING,
  }),
  'doctor.images_damaged': (d) => ({
    message: `Images on this PC cannot be read: ${d.versions.join(', ')}.`,
    hint: 'Check the disk, then import these images again.',
  }),
  'doctor.images_missing': (d) => ({
    message: `Images that should be on this PC are not: ${d.versions.join(', ')}.`,
    hint: 'Import them again; labs made from them cannot start until then.',
  }),
  'doctor.images_stray': (d) => ({
    message: `Images lie on this PC that the cloud does not know: ${d.versions.join(', ')}.`,
    hint: 'They take room and do no harm. If no backup is to be restored, delete their folders by hand.',
  }),
  'doctor.orphans_none': () => ({
    message: 'No virtual machine on this PC is unknown to the cloud.',
    hint: NOTHING,
  }),
  'doctor.orphans': (d) => ({
    message: `Virtual machines on this PC that the cloud does not know: ${d.count}.`,
    hint: "Look at them on the PC's page; those made by this cloud can be removed there.",
  }),
};
