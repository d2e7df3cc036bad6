import { request } from 'node:https';
import { createServer } from 'node:net';
import { platform } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RouteStatus } from '../../../generated/cosi/kinds/network.js';
import { network } from '../../../generated/features/network.js';
import { security } from '../../../generated/features/security.js';
import { system } from '../../../generated/features/system.js';
import { cosi } from '../../../src/cosi/index.js';
import { createTalosClient } from '../../../src/runtime/client.js';
import { clientOptions, parseTalosconfig } from '../../../src/talosconfig/index.js';
import { simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import { startCluster } from '../support.js';

describe.runIf(platform() === 'linux')('a cluster with addresses of its own', () => {
  it('listens at them on the port of Talos, and nowhere else', async () => {
    const cluster = await startCluster({ addresses: 'loopback', transport: 'tls', workers: 1 });
    const [first, second] = cluster.nodes.map(({ address }) => address) as [string, string];
    expect(first).toMatch(/^127\.\d+\.0\.2$/);
    expect(second).toBe(first.replace(/2$/, '3'));
    expect(cluster.nodes.map(({ endpoint }) => endpoint)).toEqual([
      `${first}:50000`,
      `${second}:50000`,
    ]);
    const options = clientOptions(parseTalosconfig(cluster.talosconfig).context());
    await using talos = createTalosClient({ ...options, endpoints: [first] });
    const names = await talos
      .nodes([first, second])
      .each(async (node) => (await system(node).hostname()).hostname);
    expect(names).toMatchObject([{ value: 'cp-1' }, { value: 'worker-1' }]);
  });

  it('is in a network of its own, by what its nodes say', async () => {
    const cluster = await startCluster({ addresses: 'loopback', transport: 'tls' });
    const { address } = cluster.node('cp-1');
    const gateway = address.replace(/2$/, '1');
    const routes = await cosi(cluster.client().node(address)).list(RouteStatus);
    expect(routes.map(({ spec }) => spec)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ gateway }),
        expect.objectContaining({ destination: gateway.replace(/1$/, '0/16'), source: address }),
      ]),
    );
    expect(JSON.stringify(routes)).not.toContain('10.5.');
    const { connectrecord } = await network(cluster.client()).netstat({
      filter: 'ALL',
      feature: { pid: true },
      l4proto: { tcp: true },
      netns: { hostnetwork: true, netns: [], allnetns: false },
    });
    expect(connectrecord.some(({ localip }) => localip === address)).toBe(true);
  });

  it('has trustd on its port, too', async () => {
    const cluster = await startCluster({ addresses: 'loopback', transport: 'tls' });
    const trustd = cluster.client({ daemon: 'trustd' });
    expect(trustd.endpoints).toEqual([`${cluster.node('cp-1').address}:50001`]);
    await expect(security(trustd).certificate({ csr: Buffer.from('') })).rejects.toMatchObject({
      status: 'unauthenticated',
    });
  });

  it('has the Kubernetes API of a control plane on its port', async () => {
    const cluster = await startCluster({ addresses: 'loopback', transport: 'tls' });
    const { address, machine } = cluster.node('cp-1');
    expect(cluster.kubernetesOf(machine)).toBe(`https://${address}:6443`);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const ask = request(`https://${address}:6443/version`, { rejectUnauthorized: false });
      ask.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
      ask.end();
    });
    expect(status).toBeLessThan(500);
  });

  it('lies beside another one', async () => {
    const one = await startCluster({ addresses: 'loopback', transport: 'tls' });
    const other = await startCluster({ addresses: 'loopback', transport: 'tls' });
    expect(one.node('cp-1').address).not.toBe(other.node('cp-1').address);
    for (const cluster of [one, other]) {
      expect((await system(cluster.client()).hostname()).hostname).toBe('cp-1');
    }
  });

  it('takes a network by its name, and says what is in the way', async () => {
    const free = await startCluster({ addresses: 'loopback', transport: 'tls' });
    const { address } = free.node('cp-1');
    const addresses = address.replace(/\.0\.2$/, '.0.0/16') as `127.${number}.0.0/16`;
    await expect(simulateCluster({ addresses, transport: 'tls' })).rejects.toThrow(
      `something listens at ${address}:50000 already`,
    );
    await free.close();
    const cluster = await startCluster({ addresses, transport: 'tls' });
    expect(cluster.node('cp-1').address).toBe(address);
  });

  it('tries the next network where a program listens', async () => {
    const cluster = await startCluster({ addresses: 'loopback', transport: 'tls' });
    const { address } = cluster.node('cp-1');
    await cluster.close();
    const server = createServer();
    onTestFinished(() => {
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(50_000, address, resolve));
    const next = await startCluster({ addresses: 'loopback', transport: 'tls' });
    expect(next.node('cp-1').address).not.toBe(address);
  });
});

it.each(['10.9.0.0/16', '127.0.0.0/16', '127.256.0.0/16', '127.9.0.0/24', ''])(
  'addresses %j are refused',
  async (addresses) => {
    const options = { addresses: addresses as 'loopback', transport: 'tls' } as const;
    await expect(simulateCluster(options)).rejects.toThrow(/^addresses: .* is neither/);
  },
);

it('addresses are refused without sockets', async () => {
  await expect(simulateCluster({ addresses: '127.9.0.0/16' })).rejects.toThrow(
    "addresses: nodes listen at them with transport: 'tls' only",
  );
});
