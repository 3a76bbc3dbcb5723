/** Today's times are hours, others begin with a day. */
const at = (when: string) => (/^\d{1,2}:\d{2}( [AP]M)?$/.test(when) ? `at ${when}` : `on ${when}`);

/** Texts about the saved work of a lab. */
export const savedWork = {
  title: 'Your work',
  savedOn: (pcs: number, when: string) =>
    pcs === 1 ? `Saved on 1 PC ${at(when)}.` : `Saved on ${pcs} PCs ${at(when)}.`,
  current:
    'That is all of it: the lab was off then and has not run since. It starts from there on any PC, tomorrow too.',
  running: 'What you change after that is saved the next time.',
  alone: 'No second PC has it yet. It is copied as soon as one has room.',
  never: 'Nothing was saved yet. It is saved when the lab stops, and while it runs.',
  often: (minutes: number) =>
    minutes === 1
      ? 'Saved every minute while it runs, and when it stops.'
      : `Saved every ${minutes} minutes while it runs, and when it stops.`,
  atStop: 'Saved when it stops.',
  notSaved: 'Not saved: the second disk for scratch, and what is only in memory.',
  notSavedNoData: 'Not saved: what is only in memory. Save your files inside the lab.',
  clean:
    'This lab starts clean each time: when it stops, everything you changed in it is gone. Copy out what you want to keep.',
  saveNow: 'Save now',
  saving: 'Being saved now; you can go on working.',
  savingOff: 'Being saved now. Leave the PCs on until it is done.',
  failed: (when: string) => `Not saved as it should be, since ${when}.`,
  lostTitle: (pc: string) => `Its PC "${pc}" is lost`,
  lostBefore: (when: string, before: string) =>
    `It can start on another PC from what was saved ${at(when)}, ${before} before the PC was lost. What was done after that is not in it; if "lost" turns out to be "switched off", it is kept as a recovered copy when the PC is back.`,
  lostClean: 'It can start afresh on another PC. It starts clean each time, so nothing more is lost by that.',
  stuck: (pcs: string) =>
    `What was saved is only on ${pcs}, which does not answer now. Switch it on, or wait: the work is safe there, and the lab goes on from it.`,
  stuckPinned: (pc: string) =>
    `It was started to run on "${pc}" only. Switch that PC on, or wait until it is back: nothing of it is lost meanwhile.`,
  stuckUnsaved: (pc: string) =>
    `Nothing of it had been saved yet: what there is, is on "${pc}". Switch that PC on, or wait until it is back.`,
  recover: 'Start on another PC',
  goOn: 'Go on elsewhere …',
  strays: (pc: string, when: string) =>
    `"${pc}" was lost ${at(when)} and may still have more than was saved. When it is back, that is kept here as a copy.`,
  copies: 'Recovered copies',
  copiesLead:
    'What a PC still had of this lab when it came back. It is never mixed with your work, and stays until you delete it.',
  copy: (pc: string, when: string) => `From "${pc}", as it was when it was lost ${at(when)}`,
  openCopy: 'Make it a lab of its own',
  openCopyOf: (pc: string) => `Make the copy from ${pc} a lab of its own`,
  dropCopy: 'Delete',
  dropCopyOf: (pc: string) => `Delete the copy from ${pc}`,
  dropTitle: 'Delete this copy?',
  dropText: (pc: string, when: string) =>
    `What "${pc}" still had of this lab when it was lost ${at(when)} is deleted for good. Your saved work stays.`,
  dropButton: 'Delete for good',
};
