/** Texts about importing from an address. */
export const imports = {
  title: 'Import from an address',
  lead: 'This PC fetches the file from the web, then turns it into an image. Nothing goes through this browser.',
  instead: 'From an address on the web',
  send: 'Send a file from here',
  url: 'Address of the file',
  urlHint: 'https or http. A mirror inside your own network has to be allowed by an administrator.',
  sum: 'SHA-256 (if you know it)',
  sumHint: 'The maker of the image publishes it. What comes is compared with it.',
  submit: 'Fetch and import',
  notMade: 'This image could not be made. Nothing of it was kept, and its name is free again.',
  cancelled: 'The making of this image was cancelled. Nothing of it was kept, and its name is free again.',
  again: 'Try again',
};
