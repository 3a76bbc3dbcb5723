export type { UsageSample } from './rates.ts';
export { UsageHistory, type UsageHistoryOptions } from './usage-history.ts';
