import { gunzipSync, constants as zlib } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Nodename } from '../../../generated/cosi/kinds/k8s.js';
import { cluster as clusterFeature } from '../../../generated/features/cluster.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { cosi } from '../../../src/cosi/index.js';
import { collectBytes } from '../../../src/runtime/streams/collect.js';
import { type Doc, MERGE, namesIn, startKubernetes } from './support.js';

// What talosctl v1.14 sends, in its order: cmd/talosctl/cmd/talos/drain.go and nodedrain.go, with the
// requests of kubectl's drain package below them.
describe('talosctl reboot --drain, request by request', () => {
  it('cordons, drains, reboots, waits until the node is ready, and uncordons', async () => {
    const started = await startKubernetes();
    const { cluster, clock, kubernetes, get, send, ask, evict } = started;
    kubernetes.addDeployment({ name: 'web', replicas: 4, budget: { maxUnavailable: 1 } });
    kubernetes.addPod({ name: 'lonely', node: 'worker-1', emptyDir: true });
    const talos = cluster.client();
    const target = talos.node('10.5.0.3');

    // The kubeconfig of some endpoint, then the name of the node.
    const archive = await collectBytes(clusterFeature(talos).kubeconfig());
    const tar = gunzipSync(archive, { finishFlush: zlib.Z_SYNC_FLUSH });
    expect(tar.toString()).toContain(`server: ${kubernetes.endpoint}`);
    const { nodename } = (await cosi(target).get(Nodename)).spec;
    expect(nodename).toBe('worker-1');

    // Cordon: a patch, and only where it changes something.
    const path = `/api/v1/nodes/${nodename}`;
    expect((await get(path)).spec.unschedulable).toBeUndefined();
    await send('PATCH', path, { spec: { unschedulable: true } }, MERGE);

    // Its pods; mirrors are skipped, and those of DaemonSets if these exist.
    const { items } = await get(`/api/v1/pods?fieldSelector=spec.nodeName%3D${nodename}&limit=500`);
    const leaving: Doc[] = [];
    for (const pod of items) {
      if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined) continue;
      const owner = pod.metadata.ownerReferences?.find(({ controller }: Doc) => controller);
      if (owner?.kind === 'DaemonSet') {
        const { namespace } = pod.metadata;
        expect(
          (await ask(`/apis/apps/v1/namespaces/${namespace}/daemonsets/${owner.name}`)).status,
        ).toBe(200);
        continue;
      }
      leaving.push(pod);
    }
    expect(leaving.map(({ metadata }) => metadata.name.replace(/-.*/, '')).sort()).toEqual([
      'coredns',
      'lonely',
      'web',
      'web',
    ]);

    // Evictions of all at once; what the budget keeps is asked again.
    let waiting = leaving;
    for (let round = 0; waiting.length > 0; round++) {
      expect(round).toBeLessThan(10);
      const kept: Doc[] = [];
      for (const pod of waiting) {
        const { status } = await evict(pod.metadata.namespace, pod.metadata.name);
        if (status === 429) kept.push(pod);
        else expect(status).toBe(201);
      }
      if (round === 0) expect(kept).toHaveLength(1);
      await clock.advance(5_000);
      waiting = kept;
    }
    for (const { metadata } of leaving) {
      const gone = await ask(`/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`);
      expect(gone).toMatchObject({ status: 404, body: { reason: 'NotFound' } });
    }

    await lifecycle(target).reboot({ mode: 'DEFAULT' });
    await clock.advance(60_000);
    expect(cluster.node('worker-1').machine.boots).toBe(2);

    // Ready, and still cordoned: Talos takes back only what it did itself.
    const node = await get(path);
    const ready = node.status.conditions.find(({ type }: Doc) => type === 'Ready');
    expect(ready.status).toBe('True');
    expect(node.spec.unschedulable).toBe(true);
    await send('PATCH', path, { spec: { unschedulable: null } }, MERGE);
    expect((await get(path)).spec.unschedulable).toBeUndefined();
  });
});

// go-talos-support asks for these two, and writes them as nodes.yaml and systemPods.yaml.
describe('talosctl support', () => {
  it('finds the nodes and the pods of the system', async () => {
    const { get } = await startKubernetes();
    expect(namesIn(await get('/api/v1/nodes'))).toEqual(['cp-1', 'worker-1', 'worker-2']);
    const { items } = await get('/api/v1/namespaces/kube-system/pods');
    for (const { metadata } of items) expect(metadata.namespace).toBe('kube-system');
    expect(items).toHaveLength(11);
  });
});
