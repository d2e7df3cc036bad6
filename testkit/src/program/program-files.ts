import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SimulatedCluster } from '../cluster/cluster.js';
import { UsageError } from './program.js';

const mark =
  '# Written by talos-client-testkit for a simulated cluster, which is gone when it ends.\n';

/** A file with what clients need to reach a cluster. */
export type AccessFile = 'talosconfig' | 'kubeconfig';

/**
 * Writes a talosconfig or a kubeconfig of a cluster, readable by its owner alone.
 *
 * @throws {UsageError} when there is a file that this program did not write, unless forced.
 */
export async function writeAccess(
  kind: AccessFile,
  path: string,
  text: string,
  force: boolean,
): Promise<void> {
  await writeOwn(`--${kind}`, path, text, force);
}

/**
 * Writes machine configurations for the nodes of a cluster to a folder, which is made when it is
 * not there. They hold the secrets of the cluster and are readable by their owner alone. Resolves
 * with their paths.
 *
 * @throws {UsageError} when there is such a file that this program did not write, unless forced.
 */
export async function writeMachineConfigs(
  folder: string,
  cluster: SimulatedCluster,
  force: boolean,
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const written: string[] = [];
  for (const type of ['controlplane', 'worker'] as const) {
    const path = join(folder, `${type}.yaml`);
    const config = cluster.machineConfig({ type, installDisk: '/dev/sda' });
    await writeOwn('--machine-configs', path, config, force);
    written.push(path);
  }
  return written;
}

async function writeOwn(option: string, path: string, text: string, force: boolean): Promise<void> {
  const present = force ? undefined : await readIfThere(path);
  if (present !== undefined && present !== '' && !present.startsWith(mark)) {
    throw new UsageError(
      `${option}: ${path} is there and not of this program; choose another place, or --force`,
    );
  }
  await writeFile(path, mark + text, { mode: 0o600 });
  // The mode above is for new files only.
  await chmod(path, 0o600);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}
