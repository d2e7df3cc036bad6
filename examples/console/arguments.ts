import { addressesIn, type ExistingCluster, parsed, UsageError } from '../main-job/command-line.js';

/** What `--help` prints. */
export const usage = `Usage: npm run console [-- options]

Without options: simulates a cluster of three control planes and two workers, and shows it in a
browser. Needs nothing but this folder.

With --talosconfig: shows a real cluster, and changes nothing there.

  --talosconfig FILE  the credentials of the cluster
  --context NAME      the context of FILE (default: its current one)
  --nodes A,B         the nodes to show (default: those of the context, else all members)
  --allow-actions     allow reboots and upgrades from the page
  --port PORT         the port of 127.0.0.1 to listen on (default: one that is free)
  --help              print this
`;

/** What the command line asks for. */
export type Arguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'simulated'; readonly port: number }
  | ({
      readonly kind: 'existing';
      readonly port: number;
      readonly allowActions: boolean;
    } & ExistingCluster);

/**
 * Reads the command line.
 *
 * @throws {UsageError}
 */
export function readArguments(args: readonly string[]): Arguments {
  const values = parsed(args, {
    'allow-actions': { type: 'boolean' },
    port: { type: 'string' },
  });
  if (values.help === true) return { kind: 'help' };
  const port = portOf(values.port);
  const { talosconfig, context, nodes: list, 'allow-actions': allowActions = false } = values;
  if (talosconfig === undefined) {
    if (context !== undefined || list !== undefined || allowActions) {
      throw new UsageError('--context, --nodes and --allow-actions need --talosconfig FILE');
    }
    return { kind: 'simulated', port };
  }
  const nodes = addressesIn(list);
  return { kind: 'existing', port, talosconfig, context, nodes, allowActions };
}

function portOf(text = '0'): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port < 65_536) return port;
  throw new UsageError(`--port: "${text}" is no port: give a number up to 65535`);
}
