import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Which cluster that exists. */
export interface ExistingCluster {
  readonly talosconfig: string;
  /** Default: the current one. */
  readonly context: string | undefined;
  /** Default: those of the context, or all members if it has none. */
  readonly nodes: readonly string[] | undefined;
}

/** A command line that cannot be followed. The message says what to change. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The options of all programs that look at a cluster. */
const common = {
  talosconfig: { type: 'string' },
  context: { type: 'string' },
  nodes: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * The values of the options of a command line: the common ones, and `more`.
 *
 * @throws {UsageError}
 */
export function parsed<const More extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  more: More,
) {
  try {
    return parseArgs({ args: [...args], options: { ...common, ...more } }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * The addresses in the value of `--nodes`, if it was given.
 *
 * @throws {UsageError}
 */
export function addressesIn(list: string | undefined): readonly string[] | undefined {
  const addresses = list?.split(',').map((node) => node.trim());
  if (addresses?.includes('')) throw new UsageError(`--nodes: "${list}" has an empty entry`);
  return addresses;
}
