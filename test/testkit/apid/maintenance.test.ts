import { describe, expect, it } from 'vitest';
import { etcd } from '../../../generated/features/etcd.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import { callUnary } from '../../../src/runtime/call.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import { maintenance } from '../../../src/runtime/credentials/maintenance.js';
import { failure, startCluster, transports } from '../support.js';

// Talos: a node without configuration serves the ordinary API, to readers without a certificate.
describe.each(transports)('a node in maintenance, over %s', (transport) => {
  it('answers what readers may ask, and does not say that it has roles', async () => {
    const cluster = await startCluster({ maintenance: true, transport });
    const talos = cluster.client({ endpoint: 'cp-1' });
    const { version, features } = await system(talos).version();
    expect(version).toMatchObject({ tag: 'v1.14.0' });
    expect(features).toBeUndefined();
    expect(cluster.journal.calls).toMatchObject([{ roles: ['os:reader'] }]);
  });

  it('ignores where a call is to go', async () => {
    const cluster = await startCluster({ controlPlanes: 2, maintenance: true, transport });
    const talos = cluster.client({ endpoint: 'cp-2' });
    expect(await system(talos.node('10.5.0.2')).hostname()).toMatchObject({ hostname: 'cp-2' });
    const metadata = { nodes: ['10.5.0.2', '10.5.0.9'], node: ['a', 'b'] };
    const reply = await callUnary(talos, systemMethods.hostname, {}, { metadata });
    expect(reply).toMatchObject({ hostname: 'cp-2', metadata: undefined });
  });

  it('refuses what takes more than a reader, whatever the caller claims', async () => {
    const cluster = await startCluster({ maintenance: true, transport });
    const talos = cluster.client({ role: ['os:admin', 'os:impersonator'] });
    const options = { metadata: { 'talos-role': 'os:admin' } };
    expect(await failure(lifecycle(talos).reboot({ mode: 'DEFAULT' }, options))).toMatchObject({
      status: 'permission-denied',
      reason: 'not authorized',
    });
  });

  it('takes those who come over SideroLink for admins', async () => {
    const cluster = await startCluster({ maintenance: true, sideroLink: true, transport });
    // Allowed, and then the node is no control plane.
    expect(await failure(etcd(cluster.client()).defragment({}))).toMatchObject({
      status: 'unimplemented',
    });
    expect(cluster.journal.calls).toMatchObject([{ roles: ['os:admin'] }]);
  });

  it('is no control plane yet', async () => {
    const cluster = await startCluster({ maintenance: true, transport });
    expect(await failure(etcd(cluster.client()).status())).toMatchObject({
      status: 'unimplemented',
    });
  });

  it('asks for certificates as soon as it is configured, and drops connections', async () => {
    const cluster = await startCluster({ maintenance: true, transport });
    const before = cluster.client();
    await system(before).hostname();
    const node = cluster.node('cp-1');
    const endpoint = node.endpoint;
    node.machine.setIdentity({ type: 'controlplane', trust: cluster.trust });
    expect(node.endpoint).toBe(endpoint);
    const after = cluster.client({ role: 'os:operator' });
    expect(await system(after).hostname()).toMatchObject({ hostname: 'cp-1' });
    expect(cluster.journal.calls.at(-1)).toMatchObject({ roles: ['os:operator'] });
  });

  it('is not reached by other nodes', async () => {
    const cluster = await startCluster({ controlPlanes: 2, maintenance: true, transport });
    cluster.node('cp-1').machine.setIdentity({ type: 'controlplane', trust: cluster.trust });
    const talos = cluster.client({ endpoint: 'cp-1' });
    expect(await failure(system(talos.node('10.5.0.3')).hostname())).toMatchObject({
      status: 'unavailable',
    });
  });
});

describe('the key of a node in maintenance', () => {
  it('is what clients know the node by', async () => {
    const cluster = await startCluster({ maintenance: true, controlPlanes: 2, transport: 'tls' });
    const [one, other] = cluster.nodes.map((node) => node);
    const fingerprints = [await one?.fingerprint()].filter((entry) => entry !== undefined);
    const credentials = maintenance({ fingerprints });
    await using right = createTalosClient({ endpoints: [one?.endpoint ?? ''], credentials });
    expect(await system(right).hostname()).toMatchObject({ hostname: 'cp-1' });
    await using wrong = createTalosClient({ endpoints: [other?.endpoint ?? ''], credentials });
    const error = await failure(system(wrong).hostname());
    expect(error.message).toContain(await other?.fingerprint());
  });

  it('is another one after a boot', async () => {
    const cluster = await startCluster({ maintenance: true, transport: 'tls' });
    const node = cluster.node('cp-1');
    const before = await node.fingerprint();
    expect(await node.fingerprint()).toBe(before);
    node.kill();
    node.powerOn();
    expect(await node.fingerprint()).not.toBe(before);
  });

  it('is refused once the node is configured', async () => {
    const cluster = await startCluster({ maintenance: true, transport: 'tls' });
    const node = cluster.node('cp-1');
    const fingerprints = [await node.fingerprint()];
    node.machine.setIdentity({ type: 'controlplane', trust: cluster.trust });
    await using talos = createTalosClient({
      endpoints: [node.endpoint],
      credentials: maintenance({ fingerprints }),
    });
    const error = await failure(system(talos).hostname());
    expect(['rpc', 'config']).toContain(error.code);
  });
});
