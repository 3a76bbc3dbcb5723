/** Words for things, states and actions, as they stand inside sentences. */
export const kinds = {
  cloud: 'cloud',
  setting: 'setting',
  node: 'PC',
  user: 'person',
  session: 'session',
  course: 'course',
  enrolment: 'enrolment',
  size: 'size',
  image: 'image',
  version: 'image version',
  vm: 'lab',
  operation: 'operation',
  notification: 'message',
  audit: 'audit entry',
  upload: 'upload',
  token: 'invitation',
  reservation: 'reservation',
  usage: 'record of use',
};

export const states = {
  waiting: 'waiting for a place',
  placing: 'being given a place',
  fetching: 'fetching its image',
  starting: 'starting',
  running: 'running',
  suspending: 'being suspended',
  suspended: 'suspended',
  resuming: 'being resumed',
  stopping: 'stopping',
  stopped: 'stopped',
  moving: 'moving to another PC',
  failed: 'broken',
  unreachable: 'out of reach',
  deleted: 'deleted',
  absent: 'not there',
  importing: 'being imported',
  ready: 'ready',
  deleting: 'being deleted',
  joining: 'joining',
  lost: 'lost',
  draining: 'being emptied',
  drained: 'emptied',
  retired: 'retired',
  done: 'done',
  cancelled: 'cancelled',
  active: 'to come',
  over: 'over',
  whole: 'complete',
  coming: 'on its way',
  leaving: 'being deleted',
  away: 'on its way, but the PC does not answer',
};

/** What is done to a VM: "cannot be …". */
export const actions = {
  start: 'started',
  stop: 'stopped',
  reboot: 'restarted',
  suspend: 'suspended',
  resume: 'resumed',
  delete: 'deleted',
  hold: 'held',
  release: 'released',
  warn: 'warned of its end',
  touch: 'used',
  reclaim: 'taken back',
  preempt: 'suspended for another',
  publish: 'published',
  save: 'saved',
  recover: 'started from its saved work',
};

/** What a PC gives: "not enough …". */
export const resources = {
  vcpus: 'virtual processors',
  ramMiB: 'memory',
  storageGiB: 'disk',
  tempGiB: 'data disk',
};

/** What is said of a reservation's time: "is no …". */
export const reservationFields = {
  local: 'date and time',
  zone: 'time zone',
  weekly: 'number of weeks',
  starts: 'list of times',
};

/** What is done to a PC: "cannot be …". */
export const nodeActions = {
  drain: 'emptied',
  undrain: 'taken back into service',
  drained: 'called empty',
  retire: 'retired',
  vote: 'promoted or demoted',
  configure: 'changed',
};

/** What is done to the cloud as a whole: "cannot be …", and how it is. */
export const powerActions = { shutdown: 'stopped', startup: 'started', powered_off: 'called off' };
export const powers = { on: 'on', stopping: 'being stopped', off: 'off' };

export const operations = {
  'vm.start': 'Start of a lab',
  'vm.stop': 'Stop of a lab',
  'vm.reboot': 'Restart of a lab',
  'vm.suspend': 'Suspension of a lab',
  'vm.resume': 'Resumption of a lab',
  'vm.remove': 'Deletion of a lab',
  'image.import': 'Import of an image',
  'image.deploy': 'Copying of an image to PCs',
  'image.publish': 'Publication of a lab as an image',
  'image.remove': 'Deletion of an image',
};

/** Who may: "only … may do this". */
export const needs = {
  admin: 'an administrator',
  teacher: 'a teacher or an administrator',
  user: 'a signed-in person',
  local: 'the administrator of the PC itself',
  node: 'a PC of the cloud',
  scheduler: 'the cloud itself',
};
