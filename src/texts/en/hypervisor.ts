/** Sentences for the codes of `hypervisor/`; filled by that folder. */
export const hypervisorErrors = {};
