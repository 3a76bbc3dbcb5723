/**
 * The newest feature level this build speaks (N10). A command or message form that an older build cannot read raises it by one, and is
 * used only when `cloud.level` has reached it, that is, when every PC of the cloud speaks it.
 */
export const PROTOCOL = typeof LABMESH_PROTOCOL === 'undefined' ? 1 : LABMESH_PROTOCOL;

/** Set while compiling, by tests alone (`scripts/compile.ts --protocol`): a build that calls itself newer. No running node can be told to. */
declare const LABMESH_PROTOCOL: number | undefined;
