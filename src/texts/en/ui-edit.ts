/** Texts of changing an image, publishing a lab, and going back to another version. */
export const edits = {
  title: 'Change this image',
  text: 'You change it in a lab of its own, over as many sittings as it takes. Until you publish, everybody goes on with the version that is there.',
  begin: 'Change it',
  beginTitle: (name: string) => `Change ${name}`,
  beginText:
    'A lab opens that keeps its disk. Nobody else changes the image meanwhile. Publish or give up your changes whenever you like.',
  beginButton: 'Open it for change',
  size: 'Size of the lab',
  sizeHint: 'The image grows to the size of this disk only if its system uses that room.',
  mine: (since: string, until: string) =>
    `You have been changing it since ${since}. It is yours alone until ${until}; work in the lab keeps it longer.`,
  theirs: (who: string, since: string, until: string) =>
    `${who} has been changing it since ${since}. It is theirs alone until ${until}, and longer while they work in it.`,
  ended: (who: string, since: string) =>
    `${who} has been changing it since ${since}, but not for a while: the right to it has run out, and the changes can be taken over.`,
  somebody: 'Somebody',
  /** In a list of images. */
  by: (who: string) => `${who} is changing it.`,
  byYou: 'You are changing it.',
  open: 'Open the lab',
  renew: 'Keep it longer',
  publish: 'Publish',
  abandon: 'Give the changes up',
  take: 'Take the changes over',
  publishing: (lab: string) => `The disk of the lab "${lab}" is being published.`,
  stopping: (lab: string) => `The lab "${lab}" is shutting down, to be published then.`,
  cancelPublish: 'Cancel the publication',
  publishTitle: (name: string) => `Publish a new version of ${name}?`,
  publishText:
    'What is on the disk of the lab becomes the next version, and new labs take it. The lab of the change then goes. Copies go to other PCs by themselves; only what changed travels.',
  shutsDown: 'The lab is running: it is shut down first. Save what is open in it.',
  force: 'Pull its plug instead of asking it',
  forceHint: 'Only for a system that does not shut down: what it has not written is lost.',
  publishButton: 'Publish',
  /** What becomes of labs that exist. */
  keeps: (labs: number) =>
    labs === 0
      ? 'No lab was made from it so far.'
      : `${labs === 1 ? 'One lab was' : `${labs} labs were`} made from this image. Labs that run go on with their version; labs that keep their disk keep it too, also when they start again. Labs that start clean take the new one at their next start.`,
  abandonTitle: (name: string) => `Give up the changes to ${name}?`,
  abandonLoss: 'The lab with the changes is deleted with its disk. The image stays as it is.',
  abandonButton: 'Give them up',
  takeTitle: (name: string) => `Take over the changes to ${name}?`,
  takeText: (who: string) => `The lab with the changes becomes yours as it is, and ${who} is told.`,
  takeButton: 'Take them over',
  current: 'New labs take it',
  changes: (bytes: string, n: number) => `changes ${bytes} against version ${n}`,
  noLabs: 'used by no lab',
  usedBy: (n: string) => `used by ${n}`,
  use: 'Use this version',
  useTitle: (n: number, name: string) => `Let new labs take version ${n} of ${name}?`,
  useText: 'From now on new labs start from it. No version is deleted by this: you can come back.',
  useButton: (n: number) => `Use version ${n}`,
  asImage: 'Publish as an image',
  asTitle: (lab: string) => `Publish ${lab} as a new image?`,
  asText: 'What is on its disk becomes the first version of a new image. The lab stays, with its disk.',
  asName: 'Name of the image',
  asHint: 'As students will read it: Debian 12 with GCC',
  changedHere: 'In this lab an image is being changed:',
};
