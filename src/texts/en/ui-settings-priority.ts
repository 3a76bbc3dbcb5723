/** Settings about who goes first, and what sharing a PC counts. */
export const prioritySettings = {
  'priority.exam': {
    name: 'Points of an exam',
    effect: 'What a request counts that is reserved for an exam.',
  },
  'priority.class': {
    name: 'Points of a class',
    effect: 'What a request counts that is reserved for a class.',
  },
  'priority.personal': {
    name: 'Points of a personal reservation',
    effect: 'What a request counts that one person reserved.',
  },
  'priority.interactive': {
    name: 'Points of a lab without reservation',
    effect: 'What a request counts that was not reserved.',
  },
  'priority.batch': {
    name: 'Points of work in the background',
    effect: 'What a request counts that can wait.',
  },
  'priority.admin': {
    name: 'Points of administrators',
    effect: 'What is added for an administrator.',
  },
  'priority.teacher': {
    name: 'Points of teachers',
    effect: 'What is added for a teacher.',
  },
  'priority.student': {
    name: 'Points of students',
    effect: 'What is added for a student.',
  },
  'priority.sharing': {
    name: 'Points for sharing a PC',
    effect: 'What is added for somebody who shares a PC.',
  },
  'priority.fair_share': {
    name: 'Points for using little',
    effect: 'What is added for somebody who used nothing lately; the more was used, the less is added.',
  },
  'priority.fair_half_life': {
    name: 'Use counts half after',
    effect: 'After this time what was used counts half, after twice the time a quarter, and so on.',
  },
  'priority.waiting': {
    name: 'Points for waiting',
    effect: 'What is added for every ten minutes of waiting.',
  },
  'priority.waiting_max': {
    name: 'Most points for waiting',
    effect: 'Waiting adds no more than this.',
  },
  'sharing.policy': {
    name: 'Sharing counts',
    effect: 'Whether sharing a PC makes a difference to whose turn it is.',
  },
  'sharing.declines': {
    name: 'Times to decline',
    effect: 'How often sharing may be declined before one waits behind those who share.',
  },
};
