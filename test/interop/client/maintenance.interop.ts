import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GoClient, type Message } from '../support/go-client.js';

let cluster: SimulatedCluster;
let go: GoClient;

beforeAll(async () => {
  cluster = await simulateCluster({ controlPlanes: 1, maintenance: true, transport: 'tls' });
  go = new GoClient();
});
afterAll(async () => {
  await go?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

const endpoint = () => cluster.endpoints[0] ?? '';
const fingerprint = () => cluster.node('cp-1').fingerprint();

describe('the maintenance options of the official client', () => {
  test('reach a simulated node by its fingerprint', async () => {
    await go.connectMaintenance(endpoint(), [await fingerprint()], 'pinned');
    const { value } = await go.call<Message<{ messages: unknown[] }>>('Version', [], {
      client: 'pinned',
    });
    expect(value.messages).toHaveLength(1);
  });

  test('refuse another key', async () => {
    const other = Buffer.alloc(32, 1).toString('base64');
    await go.connectMaintenance(endpoint(), [other], 'wrong');
    const call = go.call('Version', [], { client: 'wrong', timeoutMs: 5000 });
    await expect(call).rejects.toThrow(/fingerprint/);
  });

  test('reach it without one', async () => {
    await go.connectMaintenance(endpoint(), [], 'insecure');
    await go.call('Version', [], { client: 'insecure' });
    const reboot = go.call('Reboot', [], { client: 'insecure' });
    await expect(reboot).rejects.toMatchObject({ code: 'PermissionDenied' });
  });

  test('have calls to other nodes answered by this one', async () => {
    await go.connectMaintenance(endpoint(), [], 'anywhere');
    const { value } = await go.call<Message<{ messages: readonly { hostname: string }[] }>>(
      'Machine.Hostname',
      [{}],
      { client: 'anywhere', node: '10.5.0.99' },
    );
    expect(value.messages).toHaveLength(1);
  });
});
