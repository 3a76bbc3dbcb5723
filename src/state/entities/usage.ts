/** What a person has used of the cloud, for fair shares (S4). Its id is the person's. */
export interface Usage {
  readonly id: string;
  /** vCPU-hours, halved for each half-life that has passed, as of `at`. */
  readonly amount: number;
  readonly at: number;
}

/** So often halved, nothing is left that could tell two people apart. */
const MAX_HALVINGS = 64;

/**
 * What is left of `amount` after `ms`: half after each half-life, straight lines in between. Only with + - * /, so that every CPU
 * gets the same bits.
 */
export function decayed(amount: number, ms: number, halfLifeMs: number): number {
  const halves = Math.max(0, ms) / halfLifeMs;
  const whole = Math.floor(halves);
  if (whole >= MAX_HALVINGS) return 0;
  let left = amount;
  for (let n = 0; n < whole; n++) left /= 2;
  return left * (1 - (halves - whole) / 2);
}
