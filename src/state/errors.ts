/**
 * The one error shape of labmesh: a stable code (scripts rely on it) and the data that explains it.
 *
 * The sentence people read is not here: `texts/` turns code and data into message and hint, per language.
 * Each folder declares its own codes as an interface (code -> data) and a subclass in its `errors.ts`.
 */
export class LabmeshError extends Error {
  /** Stable dotted code, e.g. `vm.wrong_state`. */
  readonly code: string;
  /** Plain JSON values that the sentence needs. Never a secret. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: string, data: object = {}, options?: { cause?: unknown }) {
    super(`${code} ${JSON.stringify(data)}`, options);
    this.name = new.target.name;
    this.code = code;
    this.data = data as Readonly<Record<string, unknown>>;
  }
}
