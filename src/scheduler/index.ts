/** The para-scheduler: which VM runs where, and what is over. Pure. See DESIGN.md. */
export { type Copies, deployCount } from './deploy.ts';
export { dryRun } from './dry-run.ts';
export { explain } from './explain.ts';
export { forecast } from './forecast.ts';
export { penalty, type Weights } from './penalty.ts';
export { plan } from './plan.ts';
export { priorityOf } from './priority.ts';
export { queueOf } from './queue.ts';
export { batched, type Step } from './step.ts';
export type * from './views.ts';
