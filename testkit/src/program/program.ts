import { parseArgs } from 'node:util';
import { isRelease } from '../base/versions.js';
import type { SimulatedCluster } from '../cluster/cluster.js';
import type { ClusterOptions } from '../cluster/options.js';
import { isLoopbackNetwork } from '../cluster/plan.js';

/** What the program prints for `--help`. */
export const usage = `Usage: talos-client-testkit [options]

Starts a simulated Talos cluster on loopback and serves it until SIGINT or SIGTERM.

  --control-planes N    how many control planes (default 1)
  --workers N           how many workers (default 0)
  --talosconfig FILE    write a talosconfig for an admin of the cluster to FILE
  --kubeconfig FILE     write a kubeconfig for an admin of its Kubernetes to FILE
  --machine-configs DIR write controlplane.yaml and worker.yaml for the nodes of the cluster to DIR
  --force               overwrite files even if this program did not write them
  --maintenance         start the nodes without configuration, and print their fingerprints
  --addresses loopback  nodes listen at addresses of their own, 127.5.0.2 and on, port 50000;
                        or name the network, as 127.9.0.0/16
  --talos-version V     the release the nodes run (default v1.14.0)
  --name NAME           the name of the cluster (default talos-sim)
  --seed TEXT           clusters with the same seed have the same ids and numbers (default 1)
  --help                print this
`;

/** What the command line asks for. */
export interface ProgramOptions {
  readonly help: boolean;
  readonly cluster: ClusterOptions;
  readonly talosconfig: string | undefined;
  readonly kubeconfig: string | undefined;
  /** The folder for machine configurations. */
  readonly machineConfigs: string | undefined;
  readonly force: boolean;
}

/** A command line that cannot be followed. The message says what to change. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * Reads the command line.
 *
 * @throws {UsageError}
 */
export function readArguments(args: readonly string[]): ProgramOptions {
  const { values } = parsed(args);
  const version = values['talos-version'] ?? 'v1.14.0';
  if (!isRelease(version)) {
    throw new UsageError(`--talos-version: ${JSON.stringify(version)} is no release like v1.14.0`);
  }
  const controlPlanes = count('control-planes', values['control-planes'], 1);
  const workers = count('workers', values.workers, 0);
  if (controlPlanes + workers === 0) {
    throw new UsageError('--control-planes and --workers: a cluster needs at least one node');
  }
  return {
    help: values.help ?? false,
    talosconfig: values.talosconfig,
    kubeconfig: values.kubeconfig,
    machineConfigs: values['machine-configs'],
    force: values.force ?? false,
    cluster: {
      controlPlanes,
      workers,
      talosVersion: version,
      maintenance: values.maintenance ?? false,
      seed: values.seed ?? 1,
      transport: 'tls',
      ...addressesOf(values.addresses),
      ...(values.name === undefined ? {} : { clusterName: values.name }),
    },
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        'control-planes': { type: 'string' },
        workers: { type: 'string' },
        talosconfig: { type: 'string' },
        kubeconfig: { type: 'string' },
        'machine-configs': { type: 'string' },
        force: { type: 'boolean' },
        maintenance: { type: 'boolean' },
        addresses: { type: 'string' },
        'talos-version': { type: 'string' },
        name: { type: 'string' },
        seed: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function addressesOf(text: string | undefined): Pick<ClusterOptions, 'addresses'> {
  if (text === undefined) return {};
  if (text === 'loopback' || isLoopbackNetwork(text)) return { addresses: text };
  throw new UsageError(
    `--addresses: ${JSON.stringify(text)} is neither loopback nor a network such as 127.9.0.0/16`,
  );
}

/** Nodes beyond this do not fit the addresses 10.5.x.y of the cluster. */
const MAX_NODES = 10_000;

function count(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= MAX_NODES) return number;
  throw new UsageError(`--${option}: ${JSON.stringify(text)} is no number from 0 to ${MAX_NODES}`);
}

/** The files that the program wrote, by path. */
export interface WrittenFiles {
  readonly talosconfig?: string | undefined;
  readonly kubeconfig?: string | undefined;
  readonly machineConfigs?: readonly string[] | undefined;
}

/** What the program says once the cluster is up. */
export async function describeCluster(
  cluster: SimulatedCluster,
  files: WrittenFiles,
): Promise<string> {
  const { nodes } = cluster;
  const maintenance = nodes.some(({ machine }) => machine.inMaintenance);
  const rows = await Promise.all(
    nodes.map(async (node) => [
      node.name,
      node.address,
      node.endpoint,
      maintenance ? await node.fingerprint() : (node.type ?? ''),
    ]),
  );
  const header = ['NODE', 'ADDRESS', 'ENDPOINT', maintenance ? 'FINGERPRINT' : 'TYPE'];
  const { talosconfig, kubeconfig, machineConfigs = [] } = files;
  return [
    `cluster      ${cluster.name}, Talos ${nodes[0]?.talosVersion}`,
    `endpoints    ${cluster.endpoints.join(' ')}`,
    `kubernetes   ${cluster.kubernetes.endpoint}`,
    `nodes        ${nodes.map(({ address }) => address).join(' ')}`,
    ...(talosconfig === undefined ? [] : [`talosconfig  ${talosconfig}`]),
    ...(kubeconfig === undefined ? [] : [`kubeconfig   ${kubeconfig}`]),
    ...(machineConfigs.length === 0 ? [] : [`configs      ${machineConfigs.join(' ')}`]),
    '',
    ...table([header, ...rows]),
    '',
    'ready; SIGINT or SIGTERM ends it',
    '',
  ].join('\n');
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
