import { expect, it } from 'vitest';
import { callAggregated, streamAggregated } from '../../src/runtime/aggregate.js';
import { createTalosClient } from '../../src/runtime/client.js';
import type { Method } from '../../src/runtime/method.js';
import { FakeTransport, readMethod, streamOf } from '../support/fake-transport.js';

const nodes = ['10.5.0.2', '10.5.0.3', '10.5.0.4'];
const noDetails = { details: [] };

it('gives the outcome of each node in the order they were named', async () => {
  const transport = new FakeTransport(() => ({
    messages: [
      {
        metadata: {
          hostname: '10.5.0.4',
          error: 'rpc error: code = Unavailable desc = down',
          status: { code: 14, message: 'down', ...noDetails },
        },
      },
      { metadata: { hostname: '10.5.0.2', error: '', status: undefined }, value: 'two' },
    ],
  }));
  const talos = createTalosClient({ transport });
  const results = await callAggregated(talos, readMethod, {}, { nodes });
  expect(transport.calls[0]?.metadata.nodes).toEqual(nodes);
  expect(transport.calls[0]?.metadata.node).toBeUndefined();
  expect(results).toMatchObject([
    { node: '10.5.0.2', ok: true, value: { value: 'two' } },
    { node: '10.5.0.3', ok: false, error: { code: 'protocol', node: '10.5.0.3' } },
    { node: '10.5.0.4', ok: false, error: { code: 'rpc', status: 'unavailable', reason: 'down' } },
  ]);
});

it('does not say `node` beside `nodes`, also through the target of one node', async () => {
  const transport = new FakeTransport(() => ({ messages: [] }));
  const node = createTalosClient({ transport, cluster: 'prod' }).node('10.5.0.9');
  await callAggregated(node, readMethod, {}, { nodes });
  expect(transport.calls[0]).toMatchObject({
    node: undefined,
    metadata: { runtime: 'Talos', context: 'prod', nodes },
  });
  expect(transport.calls[0]?.metadata).not.toHaveProperty('node');
});

it('keeps the answers of a node that is named twice apart', async () => {
  const entry = (value: string) => ({
    metadata: { hostname: 'a', error: '', status: undefined },
    value,
  });
  const transport = new FakeTransport(() => ({ messages: [entry('1'), entry('2')] }));
  const results = await callAggregated(
    createTalosClient({ transport }),
    readMethod,
    {},
    { nodes: ['a', 'a'] },
  );
  expect(results).toMatchObject([{ value: { value: '1' } }, { value: { value: '2' } }]);
});

it('takes the answer of a node that ignores the header', async () => {
  const transport = new FakeTransport(() => ({ messages: [{ value: 'maintenance' }] }));
  const results = await callAggregated(
    createTalosClient({ transport }),
    readMethod,
    {},
    { nodes: ['10.5.0.9'] },
  );
  expect(results).toMatchObject([{ node: '10.5.0.9', ok: true, value: { value: 'maintenance' } }]);
});

it('streams items with their nodes, and failures as items', async () => {
  const { stream } = streamOf([
    { metadata: { hostname: 'a', error: '', status: undefined }, bytes: new Uint8Array([1]) },
    { metadata: { hostname: 'b', error: 'gone', status: undefined }, bytes: new Uint8Array() },
  ]);
  const { types: _, ...facts } = readMethod;
  const method: Method<'server-stream', object, Uint8Array> = {
    ...facts,
    kind: 'server-stream',
    unwrap: 'bytes',
  };
  const talos = createTalosClient({ transport: new FakeTransport(() => stream) });
  const seen = [];
  for await (const item of streamAggregated(talos, method, {}, { nodes: ['a', 'b'] })) {
    seen.push(item);
  }
  expect(seen).toMatchObject([
    { node: 'a', ok: true, value: new Uint8Array([1]) },
    { node: 'b', ok: false, error: { status: 'unknown', reason: 'gone' } },
  ]);
});

it('refuses what Talos would not pass on, and an empty list', async () => {
  const talos = createTalosClient({ transport: new FakeTransport() });
  const { aggregates: _, ...single } = readMethod;
  await expect(callAggregated(talos, single, {}, { nodes })).rejects.toMatchObject({
    code: 'config',
  });
  await expect(callAggregated(talos, readMethod, {}, { nodes: [] })).rejects.toMatchObject({
    field: 'nodes',
  });
});

it('acts once on a node that is named twice', async () => {
  const entry = { metadata: { hostname: 'a', error: '', status: undefined }, value: '1' };
  const transport = new FakeTransport(() => ({ messages: [entry] }));
  const unsafe = { ...readMethod, idempotency: 'unsafe' } as const;
  const talos = createTalosClient({ transport });
  const results = await callAggregated(talos, unsafe, {}, { nodes: ['a', 'a'] });
  expect(transport.calls[0]?.metadata.nodes).toEqual(['a']);
  expect(results).toMatchObject([{ node: 'a', ok: true, value: { value: '1' } }]);
});

it.each(['read', 'unsafe'] as const)(
  'refuses a call that is %s and names no nodes',
  async (how) => {
    const transport = new FakeTransport();
    const talos = createTalosClient({ transport });
    const method = { ...readMethod, idempotency: how };
    const call = callAggregated(talos, method, {}, {} as never);
    await expect(call).rejects.toMatchObject({ code: 'config', field: 'nodes' });
    expect(transport.calls).toEqual([]);
  },
);

it('may act, since the nodes are named', async () => {
  const transport = new FakeTransport(() => ({ messages: [] }), ['a:1', 'b:1']);
  const unsafe = { ...readMethod, idempotency: 'unsafe' } as const;
  await callAggregated(createTalosClient({ transport }), unsafe, {}, { nodes });
  expect(transport.calls[0]?.method.idempotency).toBe('unsafe');
});
