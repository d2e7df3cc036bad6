import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { GoClient, type Message } from '../support/go-client.js';

let cluster: SimulatedCluster;
let go: GoClient;

beforeAll(async () => {
  cluster = await simulateCluster({ controlPlanes: 3, workers: 1, transport: 'tls' });
  go = new GoClient();
  await go.connect(cluster.talosconfig);
});
afterAll(async () => {
  await go?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

const at = { node: '10.5.0.3' } as const;

/** What a call gives as bytes. */
async function bytes(name: string, args: readonly unknown[] = [], take = 0): Promise<Buffer> {
  return Buffer.from(await go.call<string>(name, args, { ...at, take }), 'base64');
}

describe('what the official client makes of', () => {
  test('the kubeconfig archive is the file in it', async () => {
    const kubeconfig = parse((await bytes('Kubeconfig')).toString()) as Record<string, unknown>;
    expect(kubeconfig).toMatchObject({
      kind: 'Config',
      'current-context': `admin@${cluster.name}`,
      clusters: [{ name: cluster.name }],
    });
  });

  test('a file is its content', async () => {
    expect((await bytes('Read', ['/etc/os-release'])).toString()).toMatch(/^NAME="?Talos"?/m);
  });

  test('a folder is an archive', async () => {
    const archive = gunzipSync(await bytes('Copy', ['/etc']));
    expect(archive.subarray(257, 262).toString()).toBe('ustar');
  });

  test('an etcd snapshot ends with its checksum', async () => {
    const snapshot = await bytes('EtcdSnapshot', [{}]);
    expect(snapshot.length % 512).toBe(32);
    const sum = createHash('sha256').update(snapshot.subarray(0, -32)).digest();
    expect(sum.equals(snapshot.subarray(-32))).toBe(true);
  });

  test('a packet capture begins with its header', async () => {
    const header = await bytes('PacketCapture', [{ interface: 'lo' }], 24);
    expect(header.readUInt32LE(0)).toBe(0xa1b23c4d);
  });

  test('a client configuration is one it can use', async () => {
    interface Generated {
      readonly messages: readonly { readonly talosconfig: string }[];
    }
    const { value } = await go.call<Message<Generated>>(
      'GenerateClientConfiguration',
      [{ roles: ['os:reader'], crtTtl: '3600s' }],
      at,
    );
    const talosconfig = Buffer.from(value.messages[0]?.talosconfig ?? '', 'base64').toString();
    const endpoints = cluster.endpoints;
    await go.connect(talosconfig, { name: 'generated', endpoints });
    await go.call('Version', [], { client: 'generated' });
    await expect(go.call('Reboot', [], { client: 'generated', ...at })).rejects.toMatchObject({
      code: 'PermissionDenied',
    });
  });

  test('members of etcd are the control planes', async () => {
    interface Members {
      readonly messages: readonly { readonly members: readonly { readonly hostname: string }[] }[];
    }
    const { value } = await go.call<Message<Members>>('EtcdMemberList', [{}], at);
    expect(value.messages[0]?.members.map(({ hostname }) => hostname).sort()).toEqual(
      cluster.controlPlanes.map(({ name }) => name).sort(),
    );
  });

  test('files of several nodes are files of each', async () => {
    const nodes = cluster.nodes.map(({ address }) => address);
    const items = await go.items<{ node: string; payload?: Message<{ relativeName: string }> }>({
      do: 'multiplex',
      client: 'main',
      call: 'LS',
      nodes,
    });
    for (const node of nodes) {
      const names = items.flatMap((item) =>
        item.node === node ? (item.payload?.value.relativeName ?? []) : [],
      );
      expect(names[0]).toBe('.');
      expect(names).toContain('etc');
    }
  });
});
