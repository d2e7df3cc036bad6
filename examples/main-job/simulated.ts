import { createTalosClient } from 'talos-client';
import { cosi } from 'talos-client/cosi';
import { MachineStatus } from 'talos-client/cosi/runtime';
import { clientOptions, parseTalosconfig } from 'talos-client/talosconfig';
import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { StoryError } from './error-text.js';
import { showKubeconfig } from './kubeconfig.js';
import { showServices, showSummary, showVersions } from './look.js';
import { StoryNodes } from './nodes.js';
import { upgradeAll, watchReboot } from './reboot.js';
import type { Screen } from './screen.js';
import { bringUp, type NewMachine, showFingerprints, showHealth } from './set-up.js';
import { showEtcd, showSnapshot } from './snapshot.js';

/** How long a node may take to be ready after its line is mended. */
const READY_MS = 60_000;

/**
 * The whole story on simulated machines: from machines without configuration to a cluster, and what
 * one does with it. The machines stand in for real ones and are reached through their sockets; all
 * that happens to them is calls of the library.
 */
export async function simulatedStory(screen: Screen, signal: AbortSignal): Promise<void> {
  await using machines = await simulateCluster({
    controlPlanes: 3,
    workers: 2,
    maintenance: true,
    transport: 'tls',
  });
  const found = await consoles(machines);
  await showFingerprints(screen, found);

  // What `talosctl gen config` leaves beside the machine configurations.
  const talosconfig = parseTalosconfig(machines.talosconfig);
  await using talos = createTalosClient(clientOptions(talosconfig.context()));
  const nodes = new StoryNodes(talos, machines.nodes);
  await bringUp(screen, nodes, found, signal);
  expectAll(await showHealth(screen, nodes, { signal, wait: true }));
  await showKubeconfig(screen, nodes, signal);
  expectAll(await showVersions(screen, nodes));
  expectAll(await showServices(screen, nodes));
  await watchReboot(screen, nodes, 'worker-1', signal);
  expectAll(await showEtcd(screen, nodes, ['cp-1', 'cp-2', 'cp-3']));
  await showSnapshot(screen, nodes, signal);
  await upgradeAll(screen, nodes, 'ghcr.io/siderolabs/installer:v1.14.1', signal);

  machines.node('worker-2').disconnect();
  const failed = await showVersions(screen, nodes, 'One node cut off: the others answer');
  machines.node('worker-2').connect();
  if (failed.join() !== 'worker-2') {
    throw new StoryError(`only worker-2 was cut off, but failed: ${failed.join(', ') || 'nobody'}`);
  }
  // Kubernetes does not trust a node for long that it does not hear of.
  await cosi(nodes.target('worker-2')).waitFor(
    MachineStatus,
    'machine',
    (machine) => machine?.spec.status.ready === true,
    { signal, timeoutMs: READY_MS },
  );
  expectAll(await showSummary(screen, nodes));
}

/** What somebody in front of the machines reads off their consoles, with what they are to be. */
function consoles(machines: SimulatedCluster): Promise<readonly NewMachine[]> {
  return Promise.all(
    machines.nodes.map(async (node) => ({
      name: node.name,
      endpoint: node.endpoint,
      fingerprint: await node.fingerprint(),
      config: machines.machineConfig({
        type: node.name.startsWith('cp-') ? 'controlplane' : 'worker',
        hostname: node.name,
        installDisk: '/dev/sda',
      }),
    })),
  );
}

function expectAll(failed: readonly string[]): void {
  if (failed.length > 0) throw new StoryError(`some nodes failed: ${failed.join(', ')}`);
}
