/** A refusal for people: what happened and why, and what to do. Scripts print both and end with code 1. */
export class Trouble extends Error {
  /**
   * @param {string} message what happened and why
   * @param {string} hint what to do
   */
  constructor(message, hint) {
    super(message);
    this.name = 'Trouble';
    this.hint = hint;
  }
}

/**
 * Runs a script's main part; a Trouble becomes its two sentences, anything else keeps its trace, for it is our own fault.
 *
 * @param {() => Promise<void>} main
 */
export async function orSay(main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Trouble ? `\n${error.message}\n${error.hint}` : error);
    process.exitCode = 1;
  }
}
