/** Settings about PCs, voters, sign-in and what is kept. */
export const cloudSettings = {
  'session.hours': { name: 'Signed in for', effect: 'After this a browser is asked to sign in again.' },
  'node.lost_after': {
    name: 'Lost after',
    effect:
      'A PC that nobody reaches for this long is called lost; its labs stay with it until it is back or retired.',
  },
  'node.drain_deadline': {
    name: 'Time to empty a PC',
    effect:
      'How long labs may run on while a PC is emptied, where nobody says otherwise; then they are suspended.',
  },
  'election.voter_silence': {
    name: 'Vote passed on after',
    effect:
      'A PC with a vote that is silent for this long gives it to another PC, while most of those with a vote answer. Longer than a restart takes.',
  },
  'history.audit_entries': {
    name: 'Audit log',
    effect: 'Entries beyond this are dropped, oldest first. Export them before if you must keep them.',
  },
  'history.operations': {
    name: 'Operations',
    effect: 'Ended operations beyond this are dropped, oldest first.',
  },
  'history.notifications_per_user': {
    name: 'Messages per person',
    effect: 'Messages beyond this are dropped, oldest first.',
  },
};
