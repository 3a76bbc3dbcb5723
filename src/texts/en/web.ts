/** Sentences for the codes of `web/`; filled by that folder. */
export const webErrors = {};
