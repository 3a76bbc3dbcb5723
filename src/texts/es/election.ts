/** Sentences for the codes of `election/`; filled by that folder. */
export const electionErrors = {};
