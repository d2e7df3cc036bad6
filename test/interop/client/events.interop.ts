import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GoClient, type Message } from '../support/go-client.js';

interface GoEvent {
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly actor: string;
  readonly payload: Message;
}

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

const at = { node: '10.5.0.3', timeoutMs: 20_000 } as const;

describe.each(['events', 'eventsV2'])('the official event watcher (%s)', (command) => {
  async function past(): Promise<readonly GoEvent[]> {
    const items = await go.items<GoEvent | 'watching'>({
      do: command,
      arguments: [{ tailEvents: -1 }],
      take: 5,
      ...at,
    });
    return items.filter((item): item is GoEvent => item !== 'watching');
  }

  test('understands every event that a simulated node has', async () => {
    const events = await past();
    expect(events.length).toBeGreaterThanOrEqual(4);
    for (const { type, payload, id } of events) {
      expect(type).toBe(`talos/runtime/${payload.type}`);
      expect(id).toMatch(/^[0-9a-v]{20}$/);
    }
    expect(events.map(({ id }) => id)).toEqual([...events.map(({ id }) => id)].sort());
  });

  test('goes on after an event', async () => {
    const [first, second] = await past();
    const items = await go.items<GoEvent | 'watching'>({
      do: command,
      arguments: [{ tailId: first?.id }],
      take: 1,
      ...at,
    });
    expect(items.at(-1)).toMatchObject({ id: second?.id });
  });
});

test('the official event watcher refuses two ways to look back', async () => {
  const watching = go.items({
    do: 'events',
    arguments: [{ tailEvents: 1, tailSeconds: 1 }],
    take: 1,
    ...at,
  });
  await expect(watching).rejects.toThrow(/tail/);
});
