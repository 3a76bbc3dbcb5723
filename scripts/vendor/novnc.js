// What the console needs of noVNC, bundled by vendor.mjs into static/vendor/novnc.js.

export { default as KeyTable } from '../../node_modules/@novnc/novnc/core/input/keysym.js';
export { default as keysyms } from '../../node_modules/@novnc/novnc/core/input/keysymdef.js';
export { default } from '../../node_modules/@novnc/novnc/core/rfb.js';
