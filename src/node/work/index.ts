export type { WorkAgentParts } from './parts.ts';
export { WorkAgent } from './work-agent.ts';
