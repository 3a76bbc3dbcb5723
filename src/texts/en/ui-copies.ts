/** Texts about copies of an image on PCs. */
export const copies = {
  title: 'Where it is',
  on: (n: number, text: string) => (n === 1 ? 'On 1 PC.' : `On ${text} PCs.`),
  onSome: (done: string, total: string) => `On ${done} of ${total} PCs.`,
  safe: (n: number) =>
    n === 1
      ? 'The cloud keeps at least 1.'
      : `The cloud keeps at least ${n}, so that no single PC can lose it.`,
  unsafe: (n: number) =>
    `It should be on ${n}, so that no single PC can lose it; no other PC can take it now.`,
  wishNone:
    'Nobody asked for more copies. A lab starts on any PC; where the image is already, it starts sooner.',
  wishAll: 'It is to be on every PC that runs labs, also on those that join later.',
  wishCount: (n: string) => `It is to be on at least ${n} PCs.`,
  wishNamed: (names: string) => `Asked for on ${names}.`,
  cancel: 'Stop copying',
  more: (n: string) => `… and ${n} more.`,
  states: {
    whole: 'has it',
    coming: 'is fetching it',
    leaving: 'is deleting it',
    away: 'does not answer; it gets the image when it is back',
  },
  pieces: (present: string, all: string) => `${present} of ${all} pieces`,
  triesAgain: 'It tries again by itself.',
  drop: 'Delete there',
  dropOf: (node: string) => `Delete there: the copy on ${node}`,
  stop: 'Not there',
  stopOf: (node: string) => `Not there: no copy on ${node}`,
  copyTo: 'Copy it to',
  copy: 'Copy',
  isOff: (node: string) => `${node} (does not answer)`,
  howMany: 'How many PCs',
  optionSafe: 'As many as keep it safe',
  optionCount: 'At least so many',
  optionAll: 'Every PC that runs labs',
  count: 'PCs',
  set: 'Set',
  leaving: 'Being deleted',
  deleteVersion: 'Delete',
  deleteTitle: (n: string, image: string) => `Delete version ${n} of ${image}?`,
  deleteLoss: 'It goes away from every PC, and nobody can go back to it. Other versions stay.',
  deleteButton: 'Delete this version',
  install: 'Install from this ISO',
  installTitle: 'This is an installation disc',
  installText:
    'Install from this ISO: it starts a lab with an empty disk and this disc in its drive. Let the lab keep its disk. Install the system, shut the lab down, then publish it as a new image on the lab’s page, for others to start.',
};
