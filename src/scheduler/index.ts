/** The para-scheduler: which VM runs where, and what is over. Pure. See DESIGN.md. */
export { penalty, type Weights } from './penalty.ts';
export { choosePlace, Promises } from './place.ts';
export { plan, type Step } from './plan.ts';
export type * from './views.ts';
