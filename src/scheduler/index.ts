/** The para-scheduler: which VM runs where, and what is over. Pure. See DESIGN.md. */
export { penalty, type Weights } from './penalty.ts';
export { plan } from './plan.ts';
export { priorityOf } from './priority.ts';
export { batched, type Step } from './step.ts';
export type * from './views.ts';
