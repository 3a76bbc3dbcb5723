/**
 * The newest feature level this build speaks (N10). A command or message form that an older build cannot read raises it by one, and is
 * used only when `cloud.level` has reached it, that is, when every PC of the cloud speaks it.
 */
export const PROTOCOL = 1;
