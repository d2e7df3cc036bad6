import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Member } from '../../../generated/cosi/kinds/cluster.js';
import { Nodename } from '../../../generated/cosi/kinds/k8s.js';
import { KubernetesRootSecret, OSRootSecret } from '../../../generated/cosi/kinds/secrets.js';
import { cluster as clusterOf } from '../../../generated/features/cluster.js';
import { images } from '../../../generated/features/images.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { system } from '../../../generated/features/system.js';
import { cosi } from '../../../src/cosi/index.js';
import { readSingleFile } from '../../../src/operations/archive/read-single-file.js';
import type { Target } from '../../../src/runtime/target.js';
import type { SimulatedCluster } from '../../../testkit/src/cluster/cluster.js';
import { startCluster } from '../support.js';
import { trackedReboot } from './support.js';

/** The kubeconfig, which talosctl asks whichever endpoint for. */
async function kubeconfigOf(cluster: SimulatedCluster): Promise<{ clusters: unknown[] }> {
  const archive = clusterOf(cluster.client({ endpoint: 'cp-1' })).kubeconfig();
  return parse(Buffer.from(await readSingleFile(archive)).toString());
}

/** The name that a node has in Kubernetes. */
async function nodeNameOf(target: Target): Promise<string> {
  return (await cosi(target).get(Nodename)).spec.nodename;
}

const allPhases = [
  ...['cleanup', 'dbus', 'denyNewServices', 'stopServices', 'umount', 'unmountBind'],
  ...['unmountPromotable', 'unmountSystem', 'volumeFinalize'],
].flatMap((phase) => [`${phase} START`, `${phase} STOP`]);

// The calls to Talos, in their order; those to Kubernetes stand where they come between.
describe('talosctl, when it takes a node down', () => {
  // cmd/talosctl/cmd/talos/upgrade.go and drain.go of v1.14.0-rc.1.
  it('upgrade, with its drain: pulls, installs, drains, reboots, and the node runs the release', async () => {
    const cluster = await startCluster({ workers: 1, transport: 'tls' });
    const node = cluster.node('worker-1');
    const target = cluster.client().node(node.address);
    expect((await system(target).version()).version?.tag).toBe('v1.14.0');
    const image = 'ghcr.io/siderolabs/installer:v1.14.1';
    const containerd = { driver: 'CRI', namespace: 'NS_SYSTEM' } as const;
    let pulled = '';
    for await (const { response } of images(target).pull({ containerd, imageRef: image })) {
      if (response.case === 'name') pulled = response.value;
    }
    expect(pulled).toMatch(/^ghcr\.io\/siderolabs\/installer[:@]/);
    const codes: number[] = [];
    const source = { imageName: image };
    for await (const { progress } of lifecycle(target).upgrade({ containerd, source })) {
      if (progress?.response.case === 'exitCode') codes.push(progress.response.value);
    }
    expect(codes).toEqual([0]);
    // Drained here.
    expect((await kubeconfigOf(cluster)).clusters).toHaveLength(1);
    expect(await nodeNameOf(target)).toBe('worker-1');
    const told = await trackedReboot(node, target, () =>
      lifecycle(target).reboot({ mode: 'DEFAULT' }),
    );
    expect(told).toEqual(['reboot START', ...allPhases, 'stopEverything START']);
    expect((await system(target).version()).version?.tag).toBe('v1.14.1');
    // And uncordoned here, when it is Ready.
    expect((await kubeconfigOf(cluster)).clusters).toHaveLength(1);
  });

  // cmd/talosctl/cmd/talos/reboot.go of v1.14.0-rc.1.
  it('reboot --drain: asks for the name of the node before, and for the kubeconfig again after', async () => {
    const cluster = await startCluster({ controlPlanes: 3, transport: 'tls' });
    const node = cluster.node('cp-2');
    const target = cluster.client({ endpoint: ['cp-1', 'cp-3'] }).node(node.address);
    expect((await kubeconfigOf(cluster)).clusters).toHaveLength(1);
    expect(await nodeNameOf(target)).toBe('cp-2');
    await system(target).version();
    await trackedReboot(node, target, () => lifecycle(target).reboot({ mode: 'DEFAULT' }));
    expect((await kubeconfigOf(cluster)).clusters).toHaveLength(1);
    expect(node.stage).toBe('RUNNING');
  });
});

// cmd/talosctl/cmd/talos/rotate-ca.go of v1.14.0-rc.1. Unless the CA of Talos is left out, it fails after
// this on a real cluster, too: in a dry run it makes its next client of no talosconfig at all, and says
// "failed to create new client with rotated Talos CA: failed to determine endpoints".
describe('what talosctl rotate-ca --dry-run asks for', () => {
  it('are the members with their addresses, and the CA of the first control plane', async () => {
    const cluster = await startCluster({ controlPlanes: 2, workers: 1 });
    const talos = cluster.client();
    const members = await cosi(talos.node('10.5.0.2')).list(Member);
    const types = members.map(({ spec }) => [spec.addresses[0], spec.machineType]);
    expect(types.sort()).toEqual([
      ['10.5.0.2', 'controlplane'],
      ['10.5.0.3', 'controlplane'],
      ['10.5.0.4', 'worker'],
    ]);
    for (const address of ['10.5.0.2', '10.5.0.3']) {
      const { spec } = await cosi(talos.node(address)).get(OSRootSecret);
      expect(spec.issuingCa?.crt).toBe(cluster.trust.cert);
      expect(spec.issuingCa?.key).toContain('ED25519 PRIVATE KEY');
    }
  });

  it('is the CA of Kubernetes as well, and the kubeconfig', async () => {
    const cluster = await startCluster();
    const { spec } = await cosi(cluster.client().node('10.5.0.2')).get(KubernetesRootSecret);
    const { clusters } = await kubeconfigOf(cluster);
    expect(spec.issuingCa?.key).toContain('EC PRIVATE KEY');
    const [{ cluster: named }] = clusters as [{ cluster: Record<string, string> }];
    const ca = Buffer.from(`${named['certificate-authority-data']}`, 'base64').toString();
    expect(ca).toContain(`${spec.issuingCa?.crt}`.trim());
  });

  it('are refused to readers: they are secrets', async () => {
    const cluster = await startCluster();
    const reader = cluster.client({ role: 'os:reader' }).node('10.5.0.2');
    const refused = { status: 'permission-denied' };
    await expect(cosi(reader).get(OSRootSecret)).rejects.toMatchObject(refused);
    await expect(cosi(reader).get(KubernetesRootSecret)).rejects.toMatchObject(refused);
  });
});
