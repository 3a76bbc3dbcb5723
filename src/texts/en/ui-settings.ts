/** Texts about settings: what each is called, and what it does. */
export const settings = {
  title: 'Settings',
  lead: 'Few, with defaults that fit a lab. A change holds at once, on every PC.',
  default: (value: string) => `Default: ${value}`,
  between: (min: string, max: string) => `${min} to ${max}`,
  changedBy: (name: string, when: string) => `Changed by ${name}, ${when}`,
  reset: 'Back to the default',
  change: 'Change',
  on: 'On',
  off: 'Off',
  units: {
    minutes: 'minutes',
    hours: 'hours',
    seconds: 'seconds',
    VMs: 'labs',
    GiB: 'GB',
    share: 'share',
    weight: 'weight',
    entries: 'entries',
    operations: 'operations',
    messages: 'messages',
    requests: 'requests',
    'o’clock': 'o’clock',
    days: 'days',
    percent: 'percent',
    PCs: 'PCs',
    vCPUs: 'virtual processors',
    starts: 'starts',
    points: 'points',
    times: 'times',
  },
  groups: {
    lease: 'Time',
    vm: 'Labs',
    quota: 'Limits per person',
    image: 'Images',
    import: 'Import from the web',
    edit: 'Changing images',
    work: 'Saved work',
    transfer: 'Transfers of images',
    session: 'Sign-in',
    scheduler: 'Placement',
    queue: 'Queue',
    reservation: 'Reservations',
    priority: 'Who goes first',
    sharing: 'Sharing PCs',
    node: 'PCs',
    election: 'Voters',
    history: 'What is kept',
  },
  keys: {
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
    'queue.max_wait': {
      name: 'Longest wait',
      effect: 'A request that waits longer for a place is given up, and its person is told.',
    },
    'queue.max_length': {
      name: 'Longest queue',
      effect: 'How many requests may wait at once; further ones are refused.',
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
    'scheduler.policy': {
      name: 'How a PC is chosen',
      effect:
        'penalty: the one that suffers least. binpack: the fullest that has room. spread: the emptiest.',
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
    'vm.stop_grace': {
      name: 'Time to shut down',
      effect: 'How long a system may take to shut down when asked, before it is powered off.',
    },
    'vm.start_timeout': {
      name: 'Time to start',
      effect: 'A start that takes longer counts as failed and is given up.',
    },
    'quota.student_vms': {
      name: 'Labs of a student',
      effect: 'How many labs a student may own at once, running or not.',
    },
    'quota.teacher_vms': {
      name: 'Labs of a teacher',
      effect: 'How many labs a teacher may own at once, running or not.',
    },
    'image.max_size': {
      name: 'Largest disk of an image',
      effect: 'A file whose disk claims to be larger is refused at import.',
    },
    'work.every_minutes': {
      name: 'Save running labs every',
      effect:
        'How often the disk of a lab that keeps its work is saved while it runs. 0: only when it stops.',
    },
    'work.copies': {
      name: 'Copies of saved work',
      effect: 'On how many PCs the saved work of a lab is kept, so that the loss of a PC loses none of it.',
    },
    'edit.hours': {
      name: 'Right to change an image',
      effect:
        'For so long after the last use an image is its editor’s alone; then others may take the edit over. Nothing is deleted by it.',
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
    'import.allow_private': {
      name: 'Images from private addresses',
      effect:
        'Lets people import from addresses inside your own network, such as a mirror on the campus. They could reach other services there as well.',
    },
    'session.hours': { name: 'Signed in for', effect: 'After this a browser is asked to sign in again.' },
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
    'node.lost_after': {
      name: 'Lost after',
      effect:
        'A PC that nobody reaches for this long is called lost; its labs stay with it until it is back or retired.',
    },
    'election.voter_silence': {
      name: 'Vote passed on after',
      effect:
        'A PC with a vote that is silent for this long gives it to another PC, while most of those with a vote answer. Longer than a restart takes.',
    },
    'node.drain_deadline': {
      name: 'Time to empty a PC',
      effect:
        'How long labs may run on while a PC is emptied, where nobody says otherwise; then they are suspended.',
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
  },
};
