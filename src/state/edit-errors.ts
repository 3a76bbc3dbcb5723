/** What is refused or told about changing images and publishing disks of VMs as versions. */
export interface EditErrors {
  /** GF3, GF7, GF40: who edits it in which VM, since when, and until when the right is theirs alone. */
  'image.edited': { name: string; user: string; vm: string; since: number; until: number };
  /** GF4: nobody edits it, or not in this VM. */
  'image.not_edited': { name: string };
  /** A CD is read only: what is installed from it can be published. */
  'image.edit_cd': { name: string };
  /** GF15: what is on the disk is what the version has already. */
  'image.unchanged': { name: string };
  /** Nothing of this VM is on its way to become a version. `vm` is its name. */
  'image.not_publishing': { vm: string };
  'vm.publishing': { name: string; image: string };
  /** It starts clean each time: there is no disk to publish. */
  'image.clean_lab': { name: string };
  /** It never ran: it has no disk yet. */
  'vm.no_disk': { name: string };
  /** The PC with the disk is out of the cloud. */
  'image.publish_lost': { node: string };
  /** The image was deleted, or the new one's import cancelled. */
  'image.publish_unwanted': Record<string, never>;
}
