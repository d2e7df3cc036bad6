import { addressesIn, type ExistingCluster, parsed, UsageError } from './command-line.js';

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
  | ({ readonly kind: 'existing' } & ExistingCluster);

/**
 * Reads the command line.
 *
 * @throws {UsageError}
 */
export function readArguments(args: readonly string[]): Arguments {
  const { help, talosconfig, context, nodes } = parsed(args, {});
  if (help === true) return { kind: 'help' };
  if (talosconfig === undefined) {
    if (context !== undefined || nodes !== undefined) {
      throw new UsageError('--context and --nodes need --talosconfig FILE');
    }
    return { kind: 'simulated' };
  }
  return { kind: 'existing', talosconfig, context, nodes: addressesIn(nodes) };
}
