import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { system } from '../../generated/features/system.js';
import { loadTalosconfig, parseTalosconfig } from '../../src/talosconfig/index.js';
import { ManualClock } from '../../testkit/src/base/time/clock.js';
import { simulateCluster } from '../../testkit/src/cluster/cluster.js';
import { failure, startCluster } from './support.js';

describe('a simulated cluster', () => {
  it('is one control plane that is up, unless told otherwise', async () => {
    const cluster = await startCluster();
    expect(
      cluster.nodes.map(({ name, address, type, stage }) => [name, address, type, stage]),
    ).toEqual([['cp-1', '10.5.0.2', 'controlplane', 'RUNNING']]);
    expect(await system(cluster.client()).version()).toMatchObject({
      version: { tag: 'v1.14.0' },
      features: { rbac: true },
    });
  });

  it('names control planes and workers, with addresses one after the other', async () => {
    const cluster = await startCluster({ controlPlanes: 2, workers: 2 });
    expect(cluster.controlPlanes.map(({ name }) => name)).toEqual(['cp-1', 'cp-2']);
    expect(cluster.workers.map(({ address }) => address)).toEqual(['10.5.0.4', '10.5.0.5']);
    expect(cluster.node('worker-2')).toBe(cluster.node('10.5.0.5'));
    expect(() => cluster.node('cp-9')).toThrow(/no node "cp-9"; it has cp-1, cp-2, worker-1/);
  });

  it('has addresses for more than 254 nodes', async () => {
    const cluster = await startCluster({ controlPlanes: 1, workers: 300, maintenance: true });
    const addresses = cluster.nodes.map(({ address }) => address);
    expect(new Set(addresses).size).toBe(301);
    expect(addresses.at(-1)).toBe('10.5.1.46');
  });

  it('waits for its configuration in maintenance', async () => {
    const cluster = await startCluster({ workers: 1, maintenance: true });
    expect(cluster.nodes.map(({ stage, type }) => [stage, type])).toEqual([
      ['MAINTENANCE', undefined],
      ['MAINTENANCE', undefined],
    ]);
    expect(cluster.endpoints).toEqual(['10.5.0.2:50000', '10.5.0.3:50000']);
  });

  it.each([
    [{ controlPlanes: -1 }, 'controlPlanes: -1 is no number of nodes from 0 to 10000'],
    [{ workers: 1.5 }, 'workers: 1.5 is no number of nodes from 0 to 10000'],
    [{ workers: 70_000 }, 'workers: 70000 is no number of nodes from 0 to 10000'],
    [{ controlPlanes: 0 }, 'a cluster needs at least one node'],
    [{ talosVersion: '1.14' }, 'talosVersion: "1.14" is no release like v1.14.0'],
  ])('is none with %j, and says so', async (options, message) => {
    await expect(simulateCluster(options)).rejects.toThrow(new RangeError(message));
  });

  it('runs the release it is told to', async () => {
    const cluster = await startCluster({ talosVersion: 'v1.13.2' });
    const { version } = await system(cluster.client()).version();
    expect(version).toMatchObject({ tag: 'v1.13.2' });
  });

  it('is the same again with the same seed and time, and another with another', async () => {
    const look = async (seed: string) => {
      const cluster = await startCluster({ workers: 1, seed, clock: new ManualClock() });
      const node = cluster.node('cp-1');
      const before = node.bootId;
      const version = await system(cluster.client()).version();
      node.kill();
      node.powerOn();
      return { before, after: node.bootId, version, other: cluster.node('worker-1').bootId };
    };
    const first = await look('one');
    expect(await look('one')).toEqual(first);
    const second = await look('two');
    expect(second.before).not.toBe(first.before);
    expect(new Set([first.before, first.after, first.other]).size).toBe(3);
  });

  it('gives clients of all nodes, of some, and through the endpoints they name', async () => {
    const cluster = await startCluster({ controlPlanes: 2, workers: 1 });
    const names = async (talos: ReturnType<typeof cluster.client>) => {
      const results = await talos.nodes().each((node) => system(node).hostname());
      return results.map((result) => result.ok && result.value.hostname);
    };
    expect(await names(cluster.client())).toEqual(['cp-1', 'cp-2', 'worker-1']);
    expect(await names(cluster.client({ nodes: ['worker-1', '10.5.0.2'] }))).toEqual([
      'worker-1',
      'cp-1',
    ]);
    expect(cluster.client().endpoints).toEqual(['10.5.0.2:50000', '10.5.0.3:50000']);
    expect(cluster.client({ endpoint: ['cp-2', 'worker-1'] }).endpoints).toEqual([
      '10.5.0.3:50000',
      '10.5.0.4:50000',
    ]);
  });

  it('spreads calls over the endpoints of a client', async () => {
    const cluster = await startCluster({ controlPlanes: 3 });
    const talos = cluster.client();
    for (let call = 0; call < 6; call++) await system(talos).hostname();
    const served = cluster.journal.calls.map(({ node }) => node).sort();
    expect(served).toEqual(['cp-1', 'cp-1', 'cp-2', 'cp-2', 'cp-3', 'cp-3']);
  });

  it('tells those who wait for a node to change', async () => {
    const cluster = await startCluster();
    const node = cluster.node('cp-1');
    const off = node.until(() => !node.isOn);
    node.kill();
    await off;
    const controller = new AbortController();
    const never = node.untilStage('UPGRADING', controller.signal);
    controller.abort(new Error('enough'));
    await expect(never).rejects.toThrow('enough');
  });

  it('ends its clients when it is closed', async () => {
    const cluster = await startCluster();
    const talos = cluster.client();
    await cluster.close();
    expect(await failure(system(talos).hostname())).toMatchObject({ code: 'closed' });
  });

  it('writes its talosconfig for its owner alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'testkit-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'talosconfig');
    const cluster = await startCluster({ transport: 'tls' });
    await cluster.writeTalosconfig(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toBe(cluster.talosconfig);
  });

  it('writes one for other roles than that of an admin', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'testkit-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'talosconfig');
    const cluster = await startCluster({ transport: 'tls' });
    await cluster.writeTalosconfig(path, { role: 'os:reader' });
    const options = await loadTalosconfig({ path });
    expect(options.credentials.certificate?.roles).toEqual(['os:reader']);
    expect(options.endpoints).toEqual(cluster.endpoints);
  });

  it('names the coming control planes in the talosconfig of a cluster in maintenance', async () => {
    const cluster = await startCluster({
      controlPlanes: 2,
      workers: 2,
      maintenance: true,
      transport: 'tls',
    });
    const { endpoints, nodes } = parseTalosconfig(cluster.talosconfig).context();
    expect(endpoints).toEqual(['cp-1', 'cp-2'].map((name) => cluster.node(name).endpoint));
    expect(nodes).toHaveLength(4);
  });
});
