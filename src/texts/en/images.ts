import type { ImagesErrorData, UrlErrors } from '../../images/errors.ts';
import type { Catalogue } from '../sentence.ts';
import { bytes } from './figures.ts';

export const imagesErrors: Catalogue<Omit<ImagesErrorData, keyof UrlErrors>> = {
  'images.bad_id': (d) => ({
    message: `"${d.value}" is not an id.`,
    hint: 'Take the id from the list of images.',
  }),
  'images.bad_request': (d) => ({
    message: `The field "${d.field}" is missing or out of bounds.`,
    hint: 'Correct it and send the request again.',
  }),
  'images.version_exists': (d) => ({
    message: `The version ${d.versionId} is already on this PC.`,
    hint: 'Versions never change: import the file as a new version.',
  }),
  'images.version_unknown': (d) => ({
    message: `The version ${d.versionId} is not on this PC.`,
    hint: 'Look at the page of the image to see which PCs hold it.',
  }),
  'images.busy': (d) => ({
    message: `Something else is working on the version ${d.versionId}.`,
    hint: 'Wait for that operation to end, or cancel it.',
  }),
  'images.version_incomplete': (d) => ({
    message: `Only ${d.present} of ${d.chunks} pieces of the version ${d.versionId} are on this PC.`,
    hint: 'Wait until the rest has arrived.',
  }),
  'images.manifest_invalid': (d) => ({
    message: `The description of an image version cannot be used: ${d.reason}.`,
    hint: 'Remove this copy and fetch or import the image again.',
  }),
  'images.source_missing': (d) => ({
    message: `There is no file "${d.name}" at that place.`,
    hint: 'Check the path. It is looked up on the PC of the node, not on yours.',
  }),
  'images.source_unreadable': (d) => ({
    message: `The file "${d.name}" cannot be read (${d.reason}).`,
    hint: 'Give the user that runs labmesh the right to read it.',
  }),
  'images.source_not_file': (d) => ({
    message: `"${d.name}" is not a plain file.`,
    hint: 'Give the path of a file. A device has to be copied into a file first.',
  }),
  'images.source_empty': (d) => ({
    message: `The file "${d.name}" is empty.`,
    hint: 'The download or copy before it probably failed: repeat that.',
  }),
  'images.source_changed': (d) => ({
    message: `Somebody wrote to "${d.name}" while it was being imported, so nothing was kept.`,
    hint: 'Shut down the VM or stop the program that uses the file, then import it again.',
  }),
  'images.not_an_image': (d) => ({
    message: `"${d.name}" is not a disk image: its bytes fit no known format and it has no boot sector.`,
    hint: 'Bring a qcow2, raw, VMDK, VDI, OVA or ISO file. If these truly are the bytes of a disk, take it as a bare disk (--raw).',
  }),
  'images.format_unsupported': (d) => ({
    message: `This is a file of the kind ${d.format}, which cannot be imported.`,
    hint: 'Unpack it, or convert it to qcow2 first (qemu-img convert -O qcow2), and import the result.',
  }),
  'images.encrypted': (d) => ({
    message: `The image is encrypted (${d.format}): without its key nobody could start it.`,
    hint: 'Convert it to one without encryption where you have the key, and import that.',
  }),
  'images.backing_file': (d) => ({
    message: `The ${d.format} image is only a layer on top of another one${named(d.reference)}. Images that name other files are refused.`,
    hint: 'Merge the layers first: qemu-img convert -O qcow2 LAYER WHOLE.qcow2, or delete the snapshots in its program; then import the whole.',
  }),
  'images.external_data': (d) => ({
    message: `The ${d.format} file keeps its data in another file${named(d.reference)}. Images that name other files are refused.`,
    hint: 'Make one file of it (qemu-img convert -O qcow2, or export an OVA), and import that.',
  }),
  'images.truncated': (d) => ({
    message: `The ${d.format} file is cut off: it has ${bytes(d.haveBytes)}, and its own tables need ${bytes(d.needBytes)}.`,
    hint: 'Download or copy it again and compare the checksum.',
  }),
  'images.damaged': (d) => ({
    message: `The ${d.format} file is damaged: ${d.detail}.`,
    hint: 'Download or copy it again and compare the checksum.',
  }),
  'images.base_damaged': (d) => ({
    message: `Piece ${d.chunk} of the version under this disk is damaged on this PC: what is built on it would be damaged too.`,
    hint: 'Check the image on this PC: it is repaired from another PC that has it. Then try again; nothing of the VM was touched.',
  }),
  'images.too_large': (d) => ({
    message: `The disk claims ${bytes(d.virtualBytes)}; at most ${bytes(d.limitBytes)} are accepted.`,
    hint: 'Shrink the disk, or ask an admin to raise the limit in the settings.',
  }),
  'images.no_space': (d) => ({
    message: `The image needs ${bytes(d.needBytes)}, and the disk has ${bytes(d.freeBytes)} free, of which ${bytes(d.reserveBytes)} are kept for running VMs. Nothing was written.`,
    hint: 'Remove images that nobody uses, or import on a PC with more room.',
  }),
  'images.disk_full': () => ({
    message: 'The disk filled up in the middle. What had been written was removed again.',
    hint: 'Make room on this PC and start again.',
  }),
  'images.ova_unsafe_entry': (d) => ({
    message: `The OVA contains "${d.entry}", which does not belong there (${unsafe(d.reason)}).`,
    hint: 'Export the OVA again from VirtualBox or VMware, without changing it.',
  }),
  'images.ova_no_descriptor': (d) => ({
    message: `"${d.name}" is a tar file without a description of a VM (.ovf).`,
    hint: 'If it is an archive with an image in it, unpack it and import the image.',
  }),
  'images.ova_bad_descriptor': (d) => ({
    message: `The description of the VM in the OVA cannot be read: ${d.reason}.`,
    hint: 'Export the OVA again.',
  }),
  'images.ova_disks': (d) => ({
    message: `The OVA has ${d.count} disks; an image has exactly one.`,
    hint: 'Remove the further disks from the VM before exporting, or unpack the OVA (tar -xf) and import the disk you need.',
  }),
  'images.ova_missing_disk': (d) => ({
    message: `The OVA speaks of a disk "${d.entry}" that is not in it.`,
    hint: 'Export the OVA again.',
  }),
  'images.ova_checksum': (d) => ({
    message: `"${d.entry}" in the OVA does not fit the checksum that the OVA itself gives.`,
    hint: 'Download or copy the OVA again.',
  }),
  'images.tool_missing': (d) => ({
    message: `The program ${d.tool} is not installed on this PC.`,
    hint: 'Install it: apt install qemu-utils.',
  }),
  'images.tool_failed': (d) => ({
    message: `${d.tool} failed: ${d.detail}.`,
    hint: 'Try once more; if it happens again, look at the log of this PC.',
  }),
  'images.timed_out': (d) => ({
    message: `The image was still not done after ${d.seconds} seconds and was stopped.`,
    hint: 'The disk is very slow or the file does not come to an end. Try another PC.',
  }),
  'images.over_limit': (d) => ({
    message: `Reading the image went beyond the allowed ${limitName(d.limit)} and was stopped.`,
    hint: 'An honest image does not do that. If you trust it, convert it with qemu-img yourself and import the result.',
  }),
  'images.cancelled': () => ({
    message: 'Cancelled. Nothing of it was kept.',
    hint: 'Start again whenever you like.',
  }),
  'images.serving_failed': (d) => ({
    message: `The part of labmesh that gives images to VMs did not come up within ${Math.round(d.afterMs / 1000)} s on this PC.`,
    hint: 'See serve.log in the data folder for why. It is tried again; a restart of the PC may help.',
  }),
  'images.not_served': (d) => ({
    message: `The image on this PC cannot be given to the VM: ${d.reason}.`,
    hint: 'Check the image on its page. A damaged copy is fetched again from another PC.',
  }),
  'images.no_source': (d) => ({
    message:
      d.asked === 0
        ? 'No PC that is on has a copy of the image.'
        : `None of the ${d.asked} PCs that have the image could send it${d.code === 'images.wrong_chunk' ? ': what came is damaged' : ''}.`,
    hint: 'Switch on a PC that has the image, or import it again. What has arrived already is kept.',
  }),
  'images.wrong_chunk': (d) => ({
    message: `Piece ${d.chunk} of the image arrived damaged.`,
    hint: 'Check the image on the PC that sent it: its disk may be failing.',
  }),
  'images.cut_off': (d) => ({
    message: `The transfer of the image stopped at piece ${d.chunk}.`,
    hint: 'Try again: what has arrived already is kept.',
  }),
  'images.export_exists': (d) => ({
    message: `The file ${d.file} exists already.`,
    hint: 'Choose another name, or remove that file first.',
  }),
  'images.export_unwritable': (d) => ({
    message: `The file ${d.file} cannot be written (${d.reason}).`,
    hint: 'Check the folder and the rights in it.',
  }),
  'images.upload_unknown': () => ({
    message: 'This upload does not exist, or was given up because no byte came for too long.',
    hint: 'Start the upload again.',
  }),
  'images.upload_wrong_offset': (d) => ({
    message: `The upload goes on at byte ${d.offset}, not where this piece begins.`,
    hint: `Send the file from byte ${d.offset} on.`,
  }),
  'images.upload_too_long': (d) => ({
    message: `More bytes came than the ${bytes(d.sizeBytes)} that were announced. The piece was not kept.`,
    hint: 'The file has probably changed since: start the upload again.',
  }),
  'images.upload_piece_too_large': (d) => ({
    message: `A piece of an upload may have at most ${bytes(d.limitBytes)}. The piece was not kept.`,
    hint: 'Send smaller pieces.',
  }),
  'images.upload_busy': () => ({
    message: 'Another piece of this upload is just arriving.',
    hint: 'Send one piece after the other.',
  }),
  'images.upload_incomplete': (d) => ({
    message: `Only ${bytes(d.offset)} of ${bytes(d.sizeBytes)} have arrived.`,
    hint: `Send the rest, from byte ${d.offset} on.`,
  }),
  'images.upload_wrong_sum': (d) => ({
    message: `What arrived is not the file that was announced: its SHA-256 is ${d.actual}, announced was ${d.expected}. It was removed.`,
    hint: 'The file changed on the way or in the middle of the upload: start the upload again.',
  }),
  'images.upload_too_many': (d) => ({
    message: `${d.limit} uploads are open already, which is the limit.`,
    hint: 'Finish or discard one of them first.',
  }),
};

function named(reference: string): string {
  return reference === '' ? '' : ` ("${reference}")`;
}

function limitName(limit: string): string {
  return limit === 'memory' ? 'memory' : 'size of its output';
}

function unsafe(reason: string): string {
  const reasons: Record<string, string> = {
    link: 'a link to another file',
    special: 'not a plain file',
    path: 'a path instead of a name',
    name: 'no name',
    doubled: 'the name occurs twice',
    too_many: 'too many entries',
    override: 'it changes the name of the next entry',
  };
  return reasons[reason] ?? reason;
}
