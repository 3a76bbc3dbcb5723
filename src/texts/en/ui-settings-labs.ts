/** Settings about labs: their time, limits, queue, reservations and saved work. */
export const labSettings = {
  'lease.min_hours': {
    name: 'Shortest time',
    effect: 'The fewest hours for which a lab may be started.',
  },
  'lease.max_hours': {
    name: 'Longest time',
    effect:
      'The most hours for which a lab may be started; then it is suspended, and its person may resume it.',
  },
  'lease.connect_minutes': {
    name: 'Time to open a lab',
    effect:
      'A lab whose console nobody opens, and which does no work by itself or over the network, for this long after it came up is suspended; 0 never does that.',
  },
  'lease.idle_minutes': {
    name: 'Time unused',
    effect: 'A lab that nobody uses for this long is suspended; 0 never does that.',
  },
  'lease.renew_if_waiting': {
    name: 'More time while others wait',
    effect: 'Whether a lab may be given more time while somebody waits for a place.',
  },
  'vm.stop_grace': {
    name: 'Time to shut down',
    effect: 'How long a system may take to shut down when asked, before it is powered off.',
  },
  'vm.start_timeout': {
    name: 'Time to start',
    effect: 'A start that takes longer counts as failed and is given up.',
  },
  'queue.max_wait': {
    name: 'Longest wait',
    effect: 'A request that waits longer for a place is given up, and its person is told.',
  },
  'queue.max_length': {
    name: 'Longest queue',
    effect: 'How many requests may wait at once; further ones are refused.',
  },
  'quota.student_running': {
    name: 'Running labs of a student',
    effect: 'How many labs a student may have running or waiting at once.',
  },
  'quota.teacher_running': {
    name: 'Running labs of a teacher',
    effect: 'How many labs a teacher may have running or waiting at once.',
  },
  'quota.student_vcpus': {
    name: 'Virtual processors of a student',
    effect: "How many virtual processors a student's running labs may have in all.",
  },
  'quota.teacher_vcpus': {
    name: 'Virtual processors of a teacher',
    effect: "How many virtual processors a teacher's running labs may have in all.",
  },
  'quota.student_ram': {
    name: 'Memory of a student',
    effect: "How much memory a student's running labs may have in all.",
  },
  'quota.teacher_ram': {
    name: 'Memory of a teacher',
    effect: "How much memory a teacher's running labs may have in all.",
  },
  'quota.student_disk': {
    name: 'Disk of a student',
    effect: 'How much disk all labs of a student may have.',
  },
  'quota.teacher_disk': {
    name: 'Disk of a teacher',
    effect: 'How much disk all labs of a teacher may have.',
  },
  'quota.student_vms': {
    name: 'Labs of a student',
    effect: 'How many labs a student may own at once, running or not.',
  },
  'quota.teacher_vms': {
    name: 'Labs of a teacher',
    effect: 'How many labs a teacher may own at once, running or not.',
  },
  'reservation.walkin_percent': {
    name: 'Left for walk-ins',
    effect: 'What part of processors and memory reservations leave to those who come without one.',
  },
  'reservation.node_reserve': {
    name: 'PCs that may be lost',
    effect:
      'So many of the largest PCs are left out when a reservation is checked, so that it is honoured even without them.',
  },
  'reservation.prefetch_minutes': {
    name: 'Fetch images before',
    effect: 'How long before a reservation its image is fetched to the PCs that will need it.',
  },
  'work.every_minutes': {
    name: 'Save running labs every',
    effect: 'How often the disk of a lab that keeps its work is saved while it runs. 0: only when it stops.',
  },
  'work.copies': {
    name: 'Copies of saved work',
    effect: 'On how many PCs the saved work of a lab is kept, so that the loss of a PC loses none of it.',
  },
};
