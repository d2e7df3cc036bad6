import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GoClient, GoFailure } from '../support/go-client.js';
import { type ExpectedCall, endings, later, reads, sameRpc, writes } from './call-table.js';

const size = { controlPlanes: 3, workers: 1, transport: 'tls' } as const;

let go: GoClient;
let cluster: SimulatedCluster;

beforeAll(async () => {
  go = new GoClient();
  cluster = await simulateCluster(size);
  await go.connect(cluster.talosconfig);
});
afterAll(async () => {
  await go?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

interface Outcome {
  /** The status, by its name in Go. */
  readonly code: string;
  /** The messages of a stream that came. */
  readonly items: number;
  readonly message?: string;
}

/** Makes a call of the table. */
async function outcome(on: SimulatedCluster, call: ExpectedCall, client: string): Promise<Outcome> {
  const { name, args = [], node = 'cp-2', take = 0 } = call;
  const command = { do: 'call', client, call: name, arguments: args, take };
  const address = on.node(node).address;
  try {
    const { length } = await go.items({ ...command, node: address, timeoutMs: 60_000 });
    return { code: 'OK', items: length };
  } catch (error) {
    if (!(error instanceof GoFailure)) throw error;
    const { code, message, items } = error;
    return { code, items: items.length, message };
  }
}

async function check(on: SimulatedCluster, call: ExpectedCall, client = 'main'): Promise<void> {
  const { code, items, message } = await outcome(on, call, client);
  expect(code, message).toBe(call.fails ?? 'OK');
  expect(items).toBeGreaterThanOrEqual(call.items ?? 0);
}

function title({ name, args = [], node = 'cp-2', fails = 'goes well' }: ExpectedCall) {
  return `${name}(${args.map((argument) => JSON.stringify(argument)).join(', ')}) on ${node}: ${fails}`;
}

describe('calls of the official client that look', () => {
  test.each(reads.map((call) => [title(call), call] as const))('%s', async (_title, call) => {
    await check(cluster, call);
  });
});

describe('calls of the official client that act', () => {
  test.each(writes.map((call) => [title(call), call] as const))('%s', async (_title, call) => {
    await check(cluster, call);
  });
});

test('calls that newer modules of the client have', async () => {
  const known = new Set(await go.methods());
  for (const call of later) {
    if (known.has(call.name)) await check(cluster, call);
    else console.log(`the module is older than ${call.name}`);
  }
});

describe('calls of the official client after which a node is gone', () => {
  test.each(endings.map((call) => [title(call), call] as const))('%s', async (name, call) => {
    await using own = await simulateCluster(size);
    await go.connect(own.talosconfig, { name });
    await check(own, call, name);
  });
});

test('every call that the official client has is here', async () => {
  const tried = new Set([...reads, ...writes, ...later, ...endings].map(({ name }) => name));
  const left = (await go.methods()).filter(
    (name) => !tried.has(name) && !sameRpc.some((pattern) => pattern.test(name)),
  );
  expect(left).toEqual([]);
});
