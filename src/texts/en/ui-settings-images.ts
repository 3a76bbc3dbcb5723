/** Settings about images: copies, edits, imports and transfers. */
export const imageSettings = {
  'image.max_size': {
    name: 'Largest disk of an image',
    effect: 'A file whose disk claims to be larger is refused at import.',
  },
  'image.copies': {
    name: 'Copies of an image',
    effect: 'On so many PCs each image is kept, so that the loss of one PC loses no image.',
  },
  'image.replace_minutes': {
    name: 'Wait for copies on a PC that is off',
    effect: 'After this another PC gets a copy of the images of a PC that does not answer.',
  },
  'image.keep_versions': {
    name: 'Versions kept of an image',
    effect: 'So many of the newest can be gone back to; older ones that no lab uses are deleted.',
  },
  'image.min_free_percent': {
    name: 'Free disk on each PC',
    effect:
      'A PC with less of its disk free deletes copies of images that it does not need, those unused for longest first. 0 turns this off.',
  },
  'image.scrub_days': {
    name: 'Check copies of images every',
    effect: 'How often each PC reads its copies through and mends what its disk forgot. 0: never.',
  },
  'import.allow_private': {
    name: 'Images from private addresses',
    effect:
      'Lets people import from addresses inside your own network, such as a mirror on the campus. They could reach other services there as well.',
  },
  'transfer.max_up': {
    name: 'Sending images',
    effect: 'What each PC may send of images to others. 0: as much as its line carries.',
  },
  'transfer.max_down': {
    name: 'Fetching images',
    effect: 'What each PC may fetch of images from others. 0: as much as its line carries.',
  },
  'transfer.free_from': {
    name: 'No limits on images from',
    effect: 'From this hour on each PC’s clock the limits above do not hold.',
  },
  'transfer.free_until': {
    name: 'No limits on images until',
    effect: 'At this hour they hold again. The same hour in both: they always hold.',
  },
  'transfer.user_active_percent': {
    name: 'Images beside a person',
    effect:
      'While somebody sits at a PC it sends and fetches images at this part of its limit, or of what its line carries.',
  },
  'edit.hours': {
    name: 'Right to change an image',
    effect:
      'For so long after the last use an image is its editor’s alone; then others may take the edit over. Nothing is deleted by it.',
  },
};
