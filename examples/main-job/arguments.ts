import { parseArgs } from 'node:util';

/** What `--help` prints. */
export const usage = `Usage: npm start [-- options]

Without options: sets up a simulated cluster of three control planes and two workers, and shows
what one does with it. Needs nothing but this folder.

With --talosconfig: looks at a real cluster, and changes nothing there.

  --talosconfig FILE  the credentials of the cluster
  --context NAME      the context of FILE (default: its current one)
  --nodes A,B         the nodes to look at (default: those of the context, else all members)
  --help              print this
`;

/** What the command line asks for. */
export type Arguments =
  | { readonly kind: 'help' | 'simulated' }
  | {
      readonly kind: 'existing';
      readonly talosconfig: string;
      readonly context: string | undefined;
      readonly nodes: readonly string[] | undefined;
    };

/** A command line that cannot be followed. The message says what to change. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads the command line.
 *
 * @throws {UsageError}
 */
export function readArguments(args: readonly string[]): Arguments {
  const { help, talosconfig, context, nodes } = parsed(args);
  if (help === true) return { kind: 'help' };
  if (talosconfig === undefined) {
    if (context !== undefined || nodes !== undefined) {
      throw new UsageError('--context and --nodes need --talosconfig FILE');
    }
    return { kind: 'simulated' };
  }
  const addresses = nodes?.split(',').map((node) => node.trim());
  if (addresses?.includes('')) throw new UsageError(`--nodes: "${nodes}" has an empty entry`);
  return { kind: 'existing', talosconfig, context, nodes: addresses };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        talosconfig: { type: 'string' },
        context: { type: 'string' },
        nodes: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
