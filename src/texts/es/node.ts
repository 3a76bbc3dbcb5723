/** Sentences for the codes of `node/`; filled by that folder. */
export const nodeErrors = {};
