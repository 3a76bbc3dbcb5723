/** Texts about images on their way from PC to PC. */
export const transfers = {
  title: 'On its way',
  more: (n: string) => `and ${n} more`,
  /** Version 2 of an image, to a PC. */
  to: (node: string, version: string) => `Version ${version} to ${node}`,
  work: (node: string) => `Saved work to ${node}`,
  amount: (done: string, total: string) => `${done} of ${total}`,
  begins: 'begins',
  rate: (bytes: string) => `${bytes} a second`,
  left: (time: string) => `${time} left`,
  from: 'From',
  sender: (node: string, bytes: string) => `${node}: ${bytes}`,
  lied: 'sent wrong bytes, not asked any more',
  failing: 'does not answer',
};
