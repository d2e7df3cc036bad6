/**
 * A value that does not fit its field. Encoders throw it with plain facts, to keep features small.
 * `toBytes` makes a `TalosConfigError` of it, with a text and the place in the message.
 */
export class UnfitValue extends Error {
  /** The field, or empty for the message itself. */
  readonly field: string;
  /** What is expected there, in words. */
  readonly expected: string;
  readonly value: unknown;
  /** The possible names, if the value is a name. */
  readonly names: readonly string[] | undefined;
  /** The unknown key, if that is what is wrong. */
  readonly key: string | undefined;

  constructor(
    field: string,
    expected: string,
    value: unknown,
    names?: readonly string[],
    key?: string,
  ) {
    super(field);
    this.field = field;
    this.expected = expected;
    this.value = value;
    this.names = names;
    this.key = key;
  }
}

/** The refusal of a value that is not what its field takes. */
export function wrong(field: string, expected: string, value: unknown): UnfitValue {
  return new UnfitValue(field, expected, value);
}
