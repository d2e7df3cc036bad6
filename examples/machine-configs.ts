// Makes the secrets and configurations of a cluster of 3 + 2 machines, gives each machine its own by
// a patch, brings simulated machines up with them, and changes a setting: shown first, then applied.
// Run: npx tsx examples/machine-configs.ts
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createTalosClient,
  maintenance,
  type TalosNode,
  TalosRpcError,
  type Target,
} from 'talos-client';
import { cluster } from 'talos-client/cluster';
import { configuration } from 'talos-client/configuration';
import { lifecycle } from 'talos-client/lifecycle';
import {
  type DocumentPatch,
  diffMachineConfigs,
  generateMachineConfigs,
  type MachineConfig,
  patchMachineConfig,
  validateMachineConfig,
} from 'talos-client/machine-config';
import { clientOptions, parseTalosconfig } from 'talos-client/talosconfig';
import { simulateCluster } from 'talos-client-testkit';

// Machines that were just turned on. Real ones would be reached in the same way.
await using machines = await simulateCluster({
  controlPlanes: 3,
  workers: 2,
  maintenance: true,
  transport: 'tls',
});
const controlPlanes = machines.nodes.filter(({ name }) => name.startsWith('cp-'));

// The secrets come along; keep them, like the talosconfig, where nobody else reads them.
const generated = await generateMachineConfigs({
  clusterName: 'demo',
  endpoint: 'https://10.5.0.2:6443',
  talos: 'v1.14.0',
  kubernetes: 'v1.36.0',
  endpoints: controlPlanes.map(({ endpoint }) => endpoint),
});

// One patch for each machine. An editor completes kinds, keys and words.
const configs = new Map<string, MachineConfig>();
for (const { name } of machines.nodes) {
  const base = name.startsWith('cp-') ? generated.controlPlane : generated.worker;
  const own: DocumentPatch = {
    apiVersion: 'v1alpha1',
    kind: 'HostnameConfig',
    auto: { $patch: 'delete' },
    hostname: name,
  };
  configs.set(name, valid(name, patchMachineConfig(base, [own])));
}

for (const machine of machines.nodes) {
  const { name, endpoint } = machine;
  const fingerprint = await machine.fingerprint();
  await using talos = createTalosClient({
    endpoints: [endpoint],
    credentials: maintenance({ fingerprints: [fingerprint] }),
  });
  await apply(talos, configs.get(name), 'AUTO');
  console.log(`${name}: configured`);
}

await using talos = createTalosClient(
  clientOptions(parseTalosconfig(generated.talosconfig).context()),
);
const [first] = controlPlanes;
if (first === undefined) throw new Error('no control plane');
await bootstrap(talos.node(first.address));
const waitTimeout = { seconds: 60n, nanos: 0 };
let checks = 0;
for await (const _ of cluster(talos.node(first.address)).healthCheck({ waitTimeout })) checks += 1;
console.log(`the cluster is healthy: ${checks > 0}`);

// A change for every machine: what differs, what Talos would say, and then for real.
const more: DocumentPatch = {
  apiVersion: 'v1alpha1',
  kind: 'SysctlConfig',
  params: { 'net.core.somaxconn': '65535' },
};
for (const { name, address } of machines.nodes) {
  const before = configs.get(name);
  if (before === undefined) throw new Error(`no configuration of ${name}`);
  const after = valid(name, patchMachineConfig(before, [more]));
  if (name === first.name) console.log(diffMachineConfigs(before, after).text.trimEnd());
  await apply(talos.node(address), after, 'NO_REBOOT');
  console.log(`${name}: changed without a reboot`);
}

/** The configuration, when Talos would take it. */
function valid(name: string, config: MachineConfig): MachineConfig {
  const { errors } = validateMachineConfig(config, { mode: 'metal' });
  if (errors.length > 0) throw new Error(`${name}: ${errors.join('; ')}`);
  return config;
}

async function apply(
  target: Target,
  config: MachineConfig | undefined,
  mode: 'AUTO' | 'NO_REBOOT',
): Promise<void> {
  if (config === undefined) throw new Error('no configuration');
  await configuration(target).apply({ data: Buffer.from(config.toString()), mode });
}

/** Starts etcd, once, as soon as the machine is ready for it. */
async function bootstrap(node: TalosNode): Promise<void> {
  for (;;) {
    try {
      return await lifecycle(node).bootstrap({ recoverEtcd: false });
    } catch (error) {
      if (!(error instanceof TalosRpcError)) throw error;
      if (error.status === 'already-exists') return;
      if (error.status !== 'failed-precondition' && error.status !== 'unavailable') throw error;
    }
    await sleep(200);
  }
}
