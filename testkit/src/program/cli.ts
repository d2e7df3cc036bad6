#!/usr/bin/env node
import { simulateCluster } from '../cluster/cluster.js';
import { describeCluster, readArguments, UsageError, usage } from './program.js';
import { writeAccess, writeMachineConfigs } from './program-files.js';
import { untilStopped } from './until-stopped.js';

/** Runs until a signal comes. */
async function main(): Promise<void> {
  const options = readArguments(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(usage);
    return;
  }
  // Listened for first: a signal that comes while the cluster starts ends it too.
  const stopped = untilStopped();
  await using cluster = await simulateCluster(options.cluster);
  const { talosconfig, kubeconfig, machineConfigs, force } = options;
  if (talosconfig !== undefined) {
    await writeAccess('talosconfig', talosconfig, cluster.talosconfig, force);
  }
  if (kubeconfig !== undefined) {
    await writeAccess('kubeconfig', kubeconfig, cluster.kubernetes.kubeconfig(), force);
  }
  const written =
    machineConfigs === undefined
      ? undefined
      : await writeMachineConfigs(machineConfigs, cluster, force);
  const files = { talosconfig, kubeconfig, machineConfigs: written };
  process.stdout.write(await describeCluster(cluster, files));
  await stopped;
}

main().catch((error: unknown) => {
  process.stderr.write(`talos-client-testkit: ${error instanceof Error ? error.message : error}\n`);
  if (error instanceof UsageError) process.stderr.write(`\n${usage}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
