// Makes the secrets and configurations of a cluster of 3 + 2 machines, gives each machine its own by
// a patch, brings simulated machines up with them, and changes a setting: shown first, then applied.
// Run: npx tsx examples/machine-configs.ts
import { createTalosClient } from 'talos-client';
import {
  type DocumentPatch,
  generateMachineConfigs,
  type MachineConfig,
  patchMachineConfig,
  validateMachineConfig,
} from 'talos-client/machine-config';
import {
  applyConfiguration,
  bootstrapCluster,
  checkHealth,
  provision,
} from 'talos-client/operations';
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

await using talos = createTalosClient(
  clientOptions(parseTalosconfig(generated.talosconfig).context()),
);
await Promise.all(
  machines.nodes.map(async (machine) => {
    const { name, endpoint, address } = machine;
    const fingerprints = [await machine.fingerprint()];
    const config = configs.get(name);
    if (config === undefined) throw new Error(`no configuration of ${name}`);
    await provision({ endpoint, fingerprints, node: talos.node(address) }, config);
  }),
);
console.log('all machines are configured');

const [first] = controlPlanes;
if (first === undefined) throw new Error('no control plane');
await bootstrapCluster(talos.node(first.address));
const { healthy } = await checkHealth(talos, { intervalMs: 500 });
console.log(`the cluster is healthy: ${healthy}`);

// A change for every machine: what differs is shown, and then it is there, without a reboot.
const change: DocumentPatch = {
  apiVersion: 'v1alpha1',
  kind: 'SysctlConfig',
  params: { 'net.core.somaxconn': '65535' },
};
for (const { name, address } of machines.nodes) {
  const { applied, diff } = await applyConfiguration(talos.node(address), { patches: [change] });
  if (name === first.name) console.log(diff.trimEnd());
  console.log(`${name}: ${applied ? 'changed without a reboot' : 'was so already'}`);
}

/** The configuration, when Talos would take it. */
function valid(name: string, config: MachineConfig): MachineConfig {
  const { errors } = validateMachineConfig(config, { mode: 'metal' });
  if (errors.length > 0) throw new Error(`${name}: ${errors.join('; ')}`);
  return config;
}
