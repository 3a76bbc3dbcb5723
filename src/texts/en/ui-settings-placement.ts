/** Settings about which PC is chosen, and when somebody makes way. */
export const placementSettings = {
  'scheduler.policy': {
    name: 'How a PC is chosen',
    effect: 'penalty: the one that suffers least. binpack: the fullest that has room. spread: the emptiest.',
  },
  'scheduler.locality': {
    name: 'Weight of having the image',
    effect: 'How much it counts that a PC has the image already.',
  },
  'scheduler.local_user': {
    name: 'Weight of somebody at the PC',
    effect: 'How much it counts against a PC that somebody sits at it.',
  },
  'scheduler.accelerator': {
    name: 'Weight of hardware help',
    effect: "How much it counts that a PC's processor runs labs itself instead of imitating them.",
  },
  'scheduler.course_spread': {
    name: 'Weight of spreading a course',
    effect: 'How much it counts against a PC that labs of the same course run on it.',
  },
  'scheduler.stability': {
    name: 'Weight of stability',
    effect: 'How much it counts against a PC that it was out of reach lately.',
  },
  'scheduler.large_room': {
    name: 'Weight of keeping room for large labs',
    effect:
      'How much it counts against a PC that it has one of the last places for the largest size, when a smaller lab asks.',
  },
  'scheduler.preemption': {
    name: 'Suspend for a better claim',
    effect: 'Whether labs that allow it are suspended when a request with a better claim finds no room.',
  },
  'scheduler.preempt_pause': {
    name: 'Rest after that',
    effect: 'A lab that gave its place away and went on keeps its new one for at least this long.',
  },
  'scheduler.preempt_notice': {
    name: 'Notice before that',
    effect: 'How long beforehand people are told that their lab is suspended, when there is time.',
  },
  'scheduler.starts_per_node': {
    name: 'Starts at once',
    effect: 'How many labs one PC starts at the same time; the others follow.',
  },
  'scheduler.backfill': {
    name: 'Small ones may pass',
    effect:
      'Whether a small, short request may start before a large one that waits, if that does not delay it.',
  },
  'scheduler.cpu_excess': {
    name: 'Over-commitment of vCPUs',
    effect:
      'How far vCPUs may be promised beyond the cores of a PC: 0.2 is a fifth more. Memory and disk are never over-committed.',
  },
  'scheduler.weight_cpu': {
    name: 'Weight of processors',
    effect: 'How much used vCPUs count when a PC is chosen for a lab.',
  },
  'scheduler.weight_ram': {
    name: 'Weight of memory',
    effect: 'How much used memory counts when a PC is chosen for a lab.',
  },
  'scheduler.weight_storage': {
    name: 'Weight of disk',
    effect: 'How much used disk counts when a PC is chosen for a lab.',
  },
  'scheduler.weight_temp': {
    name: 'Weight of data disk',
    effect: 'How much used space for data disks counts when a PC is chosen.',
  },
};
