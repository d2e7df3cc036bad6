/** Why RE2 refuses an expression, in the words of Go's `regexp` package. */
export class RegexpSyntaxError extends Error {
  override readonly name = 'RegexpSyntaxError';

  constructor(reason: RegexpProblem, fragment: string) {
    super(`error parsing regexp: ${reason}: \`${fragment}\``);
  }
}

/** The problems that RE2 tells apart. */
export type RegexpProblem =
  | 'invalid character class range'
  | 'invalid escape sequence'
  | 'invalid named capture'
  | 'invalid nested repetition operator'
  | 'invalid or unsupported Perl syntax'
  | 'invalid repeat count'
  | 'missing argument to repetition operator'
  | 'missing closing )'
  | 'missing closing ]'
  | 'trailing backslash at end of expression'
  | 'unexpected )';
