/** What Talos' validation says of a configuration. */
export interface MachineConfigVerdict {
  /** Whether Talos takes it. Warnings do not make it invalid. */
  readonly valid: boolean;
  /** What is wrong, each in Talos' own words: `BondConfig/bond0: bond mode must be specified`. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Gathers findings. */
export class Findings {
  readonly errors: string[] = [];
  readonly warnings: string[] = [];

  /** A reporter whose errors begin with `prefix`. */
  reporter(prefix = ''): Reporter {
    return {
      error: (message) => this.errors.push(prefix === '' ? message : `${prefix}: ${message}`),
      warn: (message) => this.warnings.push(message),
    };
  }
}

/** Takes the findings about one document. */
export interface Reporter {
  error(message: string): void;
  warn(message: string): void;
}

/** A reporter that puts more before each error. */
export function within(reporter: Reporter, prefix: string): Reporter {
  return { ...reporter, error: (message) => reporter.error(`${prefix}: ${message}`) };
}
