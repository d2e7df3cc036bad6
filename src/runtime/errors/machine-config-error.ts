import { TalosError } from './talos-error.js';

/** One thing that is wrong with a machine configuration. */
export interface MachineConfigProblem {
  /** What is wrong and what is expected. It never holds a value of the configuration. */
  readonly message: string;
  /** Which document: kind and name as `BondConfig/bond0`, `v1alpha1` for the one without a kind. */
  readonly document?: string | undefined;
  /** Where in the document: `machine.network.interfaces[0].addresses`. */
  readonly path?: string | undefined;
  /** The line in the text, from 1; absent for a configuration that was given as an object. */
  readonly line?: number | undefined;
  /** The column in the line, from 1. */
  readonly column?: number | undefined;
}

/** How many problems the message of an error names; `problems` has all of them. */
const told = 20;

/**
 * A machine configuration, or a patch of one, cannot be used. `problems` lists everything that is
 * wrong, all at once. No message holds a value of the configuration.
 */
export class MachineConfigError extends TalosError {
  /** @internal */
  static override readonly code = 'machine-config';
  override readonly name = 'MachineConfigError';
  readonly code = 'machine-config';
  readonly problems: readonly MachineConfigProblem[];

  constructor(problems: readonly MachineConfigProblem[], options?: ErrorOptions) {
    super(messageOf(problems), options);
    this.problems = problems;
  }
}

function messageOf(problems: readonly MachineConfigProblem[]): string[] {
  const lines = problems.slice(0, told).map(problemLine);
  const more = problems.length - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  const [only = 'cannot be used'] = lines;
  return lines.length > 1
    ? [
        `machine configuration with ${problems.length} problems:`,
        ...lines.map((line) => `  ${line}`),
      ]
    : [`machine configuration: ${only}`];
}

function problemLine({ message, document, path, line, column }: MachineConfigProblem): string {
  const place = line === undefined ? '' : `line ${line}${column === undefined ? '' : `:${column}`}`;
  return [place, document, path, message]
    .filter((part) => part !== undefined && part !== '')
    .join(': ');
}
