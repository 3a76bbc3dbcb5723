/** Texts about the mesh: agreement among PCs, their roles, emptying them, adding and sharing them, the map. */
const some = (n: number, one: string, many: string) => (n === 1 ? `1 ${one}` : `${n} ${many}`);

export const mesh = {
  quorum: {
    single: '1 PC: it decides alone, and no other keeps a copy',
    oneVoter: (pcs: number, name: string) =>
      `${pcs} PCs: only ${name} votes; if it is lost for good, recover on another`,
    voters: (alive: number, voters: number, mayFail: number) =>
      `${alive} of ${voters} voters up; ${mayFail === 0 ? 'none' : mayFail} may fail`,
    missing: (names: string, n: number) => `${names} ${n === 1 ? 'is' : 'are'} missing.`,
    electing: 'Master lost, electing: this page reconnects by itself',
    lost: (names: string, n: number) => `No master: ${names} ${n === 1 ? 'is' : 'are'} missing.`,
    lostThen: (names: string, need: number, n: number) =>
      `VMs here keep running; nothing can be changed until ${need < n ? `${need} of ${names}` : names} ${need === 1 ? 'is' : 'are'} back.`,
    recoverHint: 'Only if they are gone for good: "labmesh cloud recover" on a PC that still runs.',
    votersAre: 'Who votes',
    standbys: 'Stand ready to vote',
  },
  health: {
    electing: 'Master lost, electing: this page reconnects by itself',
    lost: (names: string, n: number) =>
      `No master: ${names} ${n === 1 ? 'is' : 'are'} missing; nothing can be changed`,
    oneOff: (name: string) => `${name} is off`,
    manyOff: (n: number) => `${n} PCs are off`,
    mayFail: (n: number) =>
      n === 0 ? 'no further voter may fail' : `${some(n, 'more voter', 'more voters')} may fail`,
    stopping: 'The cloud is being shut down: labs are suspended',
    off: 'The cloud is shut down: no labs run until it is started',
  },
  roles: { master: 'Master', voter: 'Voter', standby: 'Standby', worker: 'Worker' },
  roleHints: {
    master: 'Leads: every change passes through it first.',
    voter: 'Keeps the agreement alive with the other voters.',
    standby: 'Takes the vote of a voter that stays away.',
    worker: 'Runs labs and follows; has no vote.',
  },
  state: {
    joining: 'Joining: it was let in and has not reported yet',
    unreachable: (since: string) => `Unreachable since ${since}: no answer from it, nor through other PCs`,
    lost: (since: string) => `Lost: nothing heard of it since ${since}. Its labs stay with it`,
    draining: (left: number, until: string) =>
      left === 0
        ? 'Being emptied: nothing runs on it any more'
        : `Being emptied until ${until}: ${some(left, 'lab is', 'labs are')} still running`,
    drained: 'Emptied: it may be switched off',
    retired: 'Retired: it no longer belongs to this cloud',
    ready: 'Ready to run labs',
    running: (n: number) => `Runs ${some(n, 'lab', 'labs')}`,
    suspect: 'Slow to answer: asked through other PCs',
  },
  facts: {
    heard: (ago: string) => `heard ${ago} ago`,
    heardNow: 'heard just now',
    neverHeard: 'not heard yet',
    cpuNow: 'Processor, measured',
    notMeasured: 'not measured yet',
    labs: 'Labs',
    images: 'Images',
    version: 'Version',
    vote: 'Vote',
    votes: {
      auto: 'as the cloud chooses',
      always: 'always, by an administrator',
      never: 'never, by an administrator',
    },
    sharedBy: (name: string) => `Shared by ${name}`,
    recovered: (when: string) =>
      `This cloud was recovered from one PC’s copy, ${when}. PCs that were missing then must join anew.`,
  },
  acts: {
    menu: (name: string) => `Actions for ${name}`,
    promote: 'Let it vote',
    auto: 'Leave its vote to the cloud',
    demote: 'Take its vote away',
    master: 'Make it the master',
    drain: 'Empty it…',
    undrain: 'Stop emptying, use it again',
    retire: 'Retire it…',
  },
  drain: {
    title: (name: string) => `Empty ${name}?`,
    lead: 'No new lab starts on it, those that run leave it. It stays a member, and you can stop this at any time.',
    nothing: 'No lab runs on it: it is emptied at once.',
    what: 'What happens to each running lab',
    hows: {
      suspend: 'Suspend now: memory is saved, each goes on where it was once this PC is used again',
      wait: 'Wait: each runs on until its time is over, at most until the deadline, then it is suspended',
      move: 'Move to another PC',
    },
    fates: {
      waits: (at: string) => `May end by itself, is suspended ${at}`,
      suspends: (_at: string) => 'Is suspended now',
      ending: (_at: string) => 'Ends by itself right now',
      unreachable: (_at: string) => 'Nothing, until this PC answers again',
      kept: (_at: string) => 'Goes on when this PC is used again',
    },
    deadline: 'At the latest after',
    deadlines: {
      '15': '15 minutes',
      '60': '1 hour',
      '240': '4 hours',
      '720': '12 hours',
      '1440': '1 day',
    },
    deadlineHint: 'Labs that still run then are suspended.',
    button: 'Empty it',
    view: 'Being emptied',
    how: { suspend: 'Labs are suspended', wait: 'Labs may end by themselves', move: 'Labs move away' },
    until: (time: string) => `At the latest ${time}`,
    asked: (name: string, time: string) => `Asked by ${name}, ${time}`,
    blocks: (n: number) => (n === 1 ? '1 lab holds it up' : `${n} labs hold it up`),
    done: 'Nothing runs on it: it may be switched off.',
    more: (n: string) => `and ${n} more`,
    leaseEnds: (time: string) => `its time ends ${time}`,
  },
  retire: {
    title: (name: string) => `Retire ${name}?`,
    lead: (name: string) =>
      `${name} leaves this cloud for good: it is refused at once everywhere and can come back only as a new PC, with a new token.`,
    nothingLost: 'No lab keeps its disk on it, and every image is on another PC too: nothing is lost.',
    labsLost: (n: number) =>
      n === 1
        ? 'The disk of 1 lab is on it and is lost with it:'
        : `The disks of ${n} labs are on it and are lost with it:`,
    imagesLost: (n: number) =>
      n === 1
        ? '1 image is nowhere else and is lost with it:'
        : `${n} images are nowhere else and are lost with it:`,
    notDrained: 'It is not emptied yet. Emptying it first loses nothing that runs.',
    last: 'It is the last PC of the cloud: retiring it would end the cloud.',
    force: 'I have read what is lost. Retire it anyway.',
    button: 'Retire it',
  },
  join: {
    add: 'Add a PC',
    title: 'Add a PC',
    lead: 'Make a line, run it on the new PC: a minute later that PC is part of the cloud.',
    make: 'Make the line',
    label: 'For which PCs?',
    labelHint: 'For yourself, to know it again in the list: "Room 12".',
    labelDefault: 'New PCs',
    validFor: 'Valid for',
    validity: { '1': '1 hour', '24': '1 day', '168': '7 days', '720': '30 days' },
    uses: 'For how many PCs',
    ready: 'Run this on the new PC',
    copy: 'Copy',
    copied: 'Copied',
    once: 'It is shown only now. Whoever has it can bring a PC into the cloud until it expires: pass it on as you would a key.',
    until: (time: string, uses: number) => `Valid until ${time}, for ${uses === 1 ? '1 PC' : `${uses} PCs`}.`,
    qr: 'QR code of the same line',
    qrHint: 'For a PC without a shared clipboard: read it with a phone and send it there.',
    needs:
      'The PC needs labmesh and, to run labs, libvirt and QEMU. "labmesh doctor" there says what is missing.',
    open: 'Open lines',
    none: 'None: no new PC can join right now.',
    used: (used: number, max: number) => `${used} of ${max} used`,
    expires: (time: string) => `until ${time}`,
    madeBy: (name: string) => `by ${name}`,
    shared: 'to share a PC',
    revoke: 'Withdraw',
    revokeOf: (label: string) => `Withdraw the line "${label}"`,
  },
  share: {
    menu: 'Share this PC',
    title: 'Share this PC',
    lead: 'Let the cloud run labs on the PC before you while it has room.',
    meansTitle: 'What it means',
    means:
      'The PC joins this cloud. Labs of others may run on it, each shut in a virtual machine: they see neither your files nor your screen.',
    usedTitle: 'What is used',
    used: 'While labs run on it: its cores, up to seven eighths of its memory and nine tenths of its disk. What it offers is shown below once it has joined.',
    gainTitle: 'What you gain',
    gain: 'More labs find a place, yours among them. The cloud remembers that you share.',
    stopTitle: 'Stop at any time',
    stop: 'Press Ctrl+C in the window where the line runs: the cloud gives it no more labs. To have its labs suspended before, or to leave for good, ask an administrator.',
    make: 'Make my line',
    ready: 'Run this on the PC that you share',
    once: 'It is shown only now and lets in one PC.',
    mine: 'PCs that I share',
    none: 'None yet.',
    waiting: 'Lines that are not used yet',
  },
  map: {
    title: 'Map',
    lead: 'How the PCs reach one another, as they measure it.',
    link: 'Map',
    back: 'Nodes',
    graph: (pcs: number, links: number) =>
      `Graph of ${pcs} PCs and ${links} measured connections; the table says the same`,
    nothing: 'Nothing is measured yet',
    nothingText:
      'PCs measure the way to one another every few seconds. With one PC there is nothing to measure.',
    from: 'Between',
    rtt: 'There and back',
    rate: 'Throughput',
    finding: 'Judgement',
    findings: {
      ordinary: 'As usual',
      slow: 'Slow',
      oneWay: 'One way only',
    },
    oneWayOf: (from: string, to: string) => `Only ${from} reaches ${to}`,
    ms: (n: string) => `${n} ms`,
    pair: (a: string, b: string) => `${a} – ${b}`,
    perSecond: (bytes: string) => `${bytes}/s`,
    shownAll: 'Every measured connection is drawn.',
    shownSome: 'With so many PCs only the master’s connections and those that stand out are drawn.',
    allWell: 'No connection stands out.',
    standOut: (n: number) => (n === 1 ? '1 connection stands out.' : `${n} connections stand out.`),
    more: (n: string) => `${n} more connections are not listed; what stands out comes first.`,
    table: 'Connections',
  },
  power: {
    title: 'The whole cloud',
    on: 'On: labs may start.',
    stopping: (left: number, until: string | null) =>
      `Shutting down${until === null ? '' : ` until ${until}`}: ${some(left, 'lab is', 'labs are')} still running.`,
    off: 'Shut down: no lab runs. The PCs and this page stay on, and may be switched off now.',
    by: (name: string) => `By ${name}`,
    shutdown: 'Shut the cloud down…',
    startup: 'Start the cloud',
    startupHint: 'Labs that were suspended by the shutdown go on where they were.',
    askTitle: 'Shut the cloud down?',
    ask: (n: number) =>
      n === 0
        ? 'No lab runs now. None can be started until you start the cloud again.'
        : `${some(n, 'running lab is', 'running labs are')} suspended: memory is saved, nothing is lost, and each goes on where it was when you start the cloud again. Until then nobody can start a lab.`,
    when: 'When',
    waits: {
      '0': 'Now',
      '15': 'Wait up to 15 minutes',
      '60': 'Wait up to 1 hour',
      '240': 'Wait up to 4 hours',
    },
    whenHint: 'While waiting, labs may end by themselves; those that still run then are suspended.',
    button: 'Shut down',
  },
};
