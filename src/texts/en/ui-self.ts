/** Texts of sign-in, console, account and help. */
export const self = {
  signIn: {
    title: 'Sign in',
    to: (cloud: string) => `to ${cloud}`,
    name: 'Name',
    password: 'Password',
    submit: 'Sign in',
    help: 'Forgotten? An administrator gives you a new password.',
    first: 'Choose your own password',
    firstLead: 'The one you were given was only for this first time. Nobody else will know the new one.',
    current: 'Present password',
    next: 'New password',
    nextHint: 'At least 8 characters. A sentence is easy to remember and hard to guess.',
    repeat: 'New password again',
    differ: 'The two new passwords are not the same.',
    differHint: 'Type the new password twice, alike.',
    save: 'Use this password',
  },
  console: {
    title: (name: string) => `Screen of ${name}`,
    bar: 'Console',
    hide: 'Hide the bar',
    show: 'Show the bar',
    leave: 'Back',
    full: 'Full screen',
    fit: 'Fit',
    oneToOne: '1:1',
    keys: 'Keys',
    type: 'Type text',
    clipboard: 'Clipboard',
    viewOnly: 'Only watch',
    picture: 'Screenshot',
    typeTitle: 'Text to type',
    typeHint: 'It is typed key by key, as if by hand.',
    layout: 'Keyboard of the system inside',
    layouts: { us: 'US English', es: 'Spanish' },
    send: 'Type it',
    clipboardTitle: 'Clipboard of the lab',
    clipboardHint:
      'What was copied inside appears here; what you write here can be pasted inside, if the system shares its clipboard with the screen.',
    clipboardSend: 'Hand over',
    escapeHint: 'Ctrl+Alt+Shift gives the keyboard back to this page.',
    /** Words for console.js; {…} is filled in by it. */
    script: {
      connecting: 'Connecting…',
      reconnecting: 'Reconnecting…',
      in: 'Connection lost. Trying again in {seconds} s.',
      gone: 'The lab does not run: it has no screen now.',
      connected: 'Connected',
      released: 'The keyboard is with this page again.',
      cannotType: 'Not on this keyboard, left out: {signs}',
      typed: 'Typed.',
      screen: 'Screen of {name}. Ctrl+Alt+Shift gives the keyboard back.',
      refused: 'The screen may not be opened.',
    },
  },
  account: {
    title: 'My account',
    signedInAs: 'Signed in as',
    details: 'Name and language',
    language: 'Language',
    languages: { auto: 'As the browser says', en: 'English', es: 'Español' },
    fullName: 'Full name',
    password: 'Password',
    passwordLead: 'Every other browser in which you are signed in is signed out.',
    tokens: 'API tokens',
    tokensLead: 'With a token, scripts and the labmesh command act in your name. Give each script its own.',
    noTokens: 'You have none.',
    tokenLabel: 'What is it for?',
    tokenDays: 'Valid for',
    days: (n: number) => (n === 1 ? '1 day' : `${n} days`),
    makeToken: 'Make a token',
    tokenMade: 'Your new token',
    tokenOnce: 'It is shown only now and kept nowhere. Whoever has it acts in your name.',
    tokenUntil: (date: string) => `valid until ${date}`,
    revoke: 'Revoke',
    rootTitle: 'Root of this PC',
    rootText: 'You came through the control socket of this PC and have no account.',
  },
  help: {
    title: 'Help',
    student: {
      lead: 'A lab is a computer of your own inside the PCs of the room. You use it in the browser, from any PC.',
      parts: [
        {
          title: 'Start a lab',
          steps: [
            'Open My labs and press Start on a card.',
            'Take the size that is proposed, and the hours that you need.',
            'Press Start. After some seconds the button turns into Open.',
          ],
        },
        {
          title: 'Work in it',
          steps: [
            'Open shows its screen in a tab of its own. Full screen is in the bar at the top.',
            'While the screen has the focus, your keyboard belongs to the lab. Ctrl+Alt+Shift gives it back to the page.',
            'Ctrl+Alt+Del and other combinations are under Keys.',
          ],
        },
        {
          title: 'Leave and come back',
          steps: [
            'Just close the tab: the lab goes on running. Open it again from any other PC.',
            'When its time is over it is suspended: everything stays as it is, open windows too. Press Resume.',
            'Give me another hour, on the card, makes its time longer.',
          ],
        },
        {
          title: 'What is kept',
          steps: [
            'Keeps your work: files and settings stay until you delete the lab.',
            'Starts clean each time: switching it off discards everything. The page says so before.',
          ],
        },
        {
          title: 'When something does not work',
          steps: [
            'Read the sentence on the card: it says why, and what you can do.',
            'Show the small code beneath it to your teacher or to support.',
          ],
        },
      ],
    },
    teacher: {
      title: 'For teachers',
      parts: [
        {
          title: 'Bring an image',
          steps: [
            'Under Images, press Import an image and choose the disk file of a virtual machine, or an installation ISO.',
            'You may leave the page once everything was sent. A message tells you when it is ready.',
          ],
        },
        {
          title: 'Give it to a course',
          steps: [
            'Open your course, and link the image.',
            'Enrol students by their sign-in names; a whole list can be pasted.',
            'Their card appears at once under My labs.',
          ],
        },
        {
          title: 'Help a student',
          steps: [
            'All labs lists the labs of your courses. Open one to see its state, its log and its screen.',
          ],
        },
      ],
    },
    admin: {
      title: 'For administrators',
      parts: [
        {
          title: 'The PC',
          steps: [
            'Nodes shows what each PC promises and has left, how guests run, and what is wrong with the mend beside it.',
            '"labmesh doctor" says the same on the PC itself.',
          ],
        },
        {
          title: 'People and courses',
          steps: [
            'Add people one by one or import a list; the preview changes nothing.',
            'A course needs a teacher, students and at least one image.',
          ],
        },
        {
          title: 'Keep it safe',
          steps: [
            '"labmesh cloud backup FILE" writes everything the cloud agrees on. Images and disks of labs are not in it.',
            'The audit log tells who did what; export it before old entries are dropped.',
          ],
        },
        {
          title: 'Scripts',
          steps: [
            'The JSON API is under /api/v1, its description under /api/v1/openapi.json. Tokens are made under My account.',
          ],
        },
      ],
    },
  },
};
