/** What is wrong with a configuration: it cannot be read, or says what cannot be. */
export class ConfigProblem extends Error {
  override readonly name = 'ConfigProblem';
  readonly kind: 'load' | 'validation';

  constructor(kind: 'load' | 'validation', message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
