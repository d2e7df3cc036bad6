import { maskSecrets } from '../compare/find-secrets.js';

/** What Talos' validation says of a configuration. */
export interface MachineConfigVerdict {
  /** Whether Talos takes it. Warnings do not make it invalid. */
  readonly valid: boolean;
  /** What is wrong, each in Talos' own words: `BondConfig/bond0: bond mode must be specified`. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Talos' messages repeat values. A value that looks like a secret is not repeated, wherever it
 * stands: a token may have slipped into another field.
 */
function shown(message: string): string {
  return message.replace(
    /"(?:[^"\\]|\\.)*"/g,
    (quoted) => `"${maskSecrets(quoted.slice(1, -1), () => '******', { anyToken: true })}"`,
  );
}

/** Gathers findings. */
export class Findings {
  readonly errors: string[] = [];
  readonly warnings: string[] = [];

  /** A reporter whose errors begin with `prefix`. */
  reporter(prefix = ''): Reporter {
    return {
      error: (message) =>
        this.errors.push(shown(prefix === '' ? message : `${prefix}: ${message}`)),
      warn: (message) => this.warnings.push(shown(message)),
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
