export { WorkAgent, type WorkAgentParts } from './work-agent.ts';
