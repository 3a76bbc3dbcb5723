/**
 * Typing a text into a guest. QEMU passes on which key is pressed, not which sign is meant, so each sign must be made with the
 * keys of the keyboard that the guest believes to have: Shift, AltGr and dead keys included.
 */

/** Between two keys: a guest under emulation takes its keyboard's interrupts slowly. */
const KEY_MS = 12;

const ROWS = {
  us: {
    Backquote: '`~',
    Digit1: '1!',
    Digit2: '2@',
    Digit3: '3#',
    Digit4: '4$',
    Digit5: '5%',
    Digit6: '6^',
    Digit7: '7&',
    Digit8: '8*',
    Digit9: '9(',
    Digit0: '0)',
    Minus: '-_',
    Equal: '=+',
    BracketLeft: '[{',
    BracketRight: ']}',
    Backslash: '\\|',
    Semicolon: ';:',
    Quote: '\'"',
    Comma: ',<',
    Period: '.>',
    Slash: '/?',
  },
  // Third sign: with AltGr.
  es: {
    Backquote: 'ºª\\',
    Digit1: '1!|',
    Digit2: '2"@',
    Digit3: '3·#',
    Digit4: '4$~',
    Digit5: '5%€',
    Digit6: '6&¬',
    Digit7: '7/',
    Digit8: '8(',
    Digit9: '9)',
    Digit0: '0=',
    Minus: "'?",
    Equal: '¡¿',
    BracketLeft: '\0\0[',
    BracketRight: '+*]',
    Backslash: 'çÇ}',
    Semicolon: 'ñÑ',
    Quote: '\0\0{',
    Comma: ',;',
    Period: '.:',
    Slash: '-_',
    IntlBackslash: '<>',
  },
};

/** Dead keys of the Spanish keyboard: the accent, then the letter. */
const DEAD = {
  es: {
    '\u0301': { code: 'Quote', shift: false },
    '\u0308': { code: 'Quote', shift: true },
    '\u0300': { code: 'BracketLeft', shift: false },
    '\u0302': { code: 'BracketLeft', shift: true },
  },
};

const PLAIN = { ' ': 'Space', '\n': 'Enter', '\t': 'Tab' };

function tableOf(layout) {
  const table = new Map();
  for (let n = 0; n < 26; n++) {
    const letter = String.fromCharCode(97 + n);
    const code = `Key${letter.toUpperCase()}`;
    table.set(letter, { code }).set(letter.toUpperCase(), { code, shift: true });
  }
  for (const [code, signs] of Object.entries(ROWS[layout])) {
    [...signs].forEach((sign, level) => {
      if (sign !== '\0' && !table.has(sign))
        table.set(sign, { code, shift: level === 1, altgr: level === 2 });
    });
  }
  for (const [sign, code] of Object.entries(PLAIN)) table.set(sign, { code });
  return table;
}

/** The strokes that make a sign, or null when this keyboard cannot. */
export function strokesOf(sign, layout, table = tableOf(layout)) {
  const direct = table.get(sign);
  if (direct) return [direct];
  const [base, accent, ...rest] = sign.normalize('NFD');
  const dead = DEAD[layout]?.[accent ?? ''];
  const letter = table.get(base ?? '');
  return dead && letter && rest.length === 0 ? [dead, letter] : null;
}

/** Types a text through noVNC; resolves with the signs that could not be typed, each once. */
export async function typeText(rfb, text, layout, KeyTable, keysyms) {
  const table = tableOf(layout);
  const missing = new Set();
  for (const sign of text.replace(/\r\n?/g, '\n').normalize('NFC')) {
    const strokes = strokesOf(sign, layout, table);
    if (strokes === null) {
      missing.add(sign);
      continue;
    }
    for (const { code, shift, altgr } of strokes) {
      const keysym =
        code === 'Enter'
          ? KeyTable.XK_Return
          : code === 'Tab'
            ? KeyTable.XK_Tab
            : keysyms.lookup(sign.codePointAt(0));
      if (shift) rfb.sendKey(KeyTable.XK_Shift_L, 'ShiftLeft', true);
      if (altgr) rfb.sendKey(KeyTable.XK_ISO_Level3_Shift, 'AltRight', true);
      rfb.sendKey(keysym, code, true);
      rfb.sendKey(keysym, code, false);
      if (altgr) rfb.sendKey(KeyTable.XK_ISO_Level3_Shift, 'AltRight', false);
      if (shift) rfb.sendKey(KeyTable.XK_Shift_L, 'ShiftLeft', false);
      await new Promise((done) => setTimeout(done, KEY_MS));
    }
  }
  return [...missing];
}
