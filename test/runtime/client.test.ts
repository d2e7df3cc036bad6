import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { callServerStream, callUnary } from '../../src/runtime/call.js';
import { createTalosClient } from '../../src/runtime/client.js';
import type { TalosConfigError } from '../../src/runtime/errors/config-error.js';
import { FakeTransport, readMethod } from '../support/fake-transport.js';

function failure(run: () => unknown): TalosConfigError {
  try {
    run();
  } catch (error) {
    return error as TalosConfigError;
  }
  throw new Error('nothing was thrown');
}

describe('a call through a target', () => {
  it('carries the metadata of the official client', async () => {
    const transport = new FakeTransport();
    const talos = createTalosClient({ transport, cluster: 'prod', metadata: { extra: 'x' } });
    await callUnary(talos, readMethod, {});
    await callUnary(talos.node('10.5.0.3'), readMethod, {});
    expect(transport.calls.map(({ metadata }) => metadata)).toEqual([
      { runtime: 'Talos', context: 'prod', extra: 'x' },
      { runtime: 'Talos', context: 'prod', extra: 'x', node: '10.5.0.3' },
    ]);
    expect(transport.calls.map(({ node }) => node)).toEqual([undefined, '10.5.0.3']);
  });

  it('has the same metadata object in every call, so that a transport can keep what it made of it', async () => {
    const transport = new FakeTransport();
    const node = createTalosClient({ transport }).node('10.5.0.3');
    await callUnary(node, readMethod, {});
    await callUnary(node, readMethod, {});
    expect(transport.calls[0]?.metadata).toBe(transport.calls[1]?.metadata);
  });

  it('adds the metadata of the call, also bytes', async () => {
    const transport = new FakeTransport();
    const bytes = new Uint8Array([0, 255]);
    const talos = createTalosClient({ transport, metadata: { a: '1', b: '2' } });
    await callUnary(talos, readMethod, {}, { metadata: { b: '3', 'c-bin': bytes } });
    expect(transport.calls[0]?.metadata).toEqual({
      runtime: 'Talos',
      a: '1',
      b: '3',
      'c-bin': bytes,
    });
  });

  it('has the default deadline when unary, and none when it streams', async () => {
    const transport = new FakeTransport();
    const talos = createTalosClient({ transport, timeoutMs: 1234 });
    await callUnary(talos, readMethod, {});
    await callUnary(talos, readMethod, {}, { timeoutMs: 9 });
    callServerStream(talos, { ...readMethod, kind: 'server-stream' }, {});
    await callUnary(createTalosClient({ transport }), readMethod, {});
    await callUnary(createTalosClient({ transport, timeoutMs: 'none' }), readMethod, {});
    expect(transport.calls.map(({ timeoutMs }) => timeoutMs)).toEqual([
      1234,
      9,
      undefined,
      30_000,
      undefined,
    ]);
  });
});

describe('the deadline of a unary call', () => {
  const slow = { ...readMethod, timeoutMs: 600_000 };
  const endless = { ...readMethod, timeoutMs: 'none' } as const;

  it.each([
    ['the RPC may work for long: its own', slow, {}, undefined, 600_000],
    ['nor does the default of the client cut it short', slow, { timeoutMs: 5 }, undefined, 600_000],
    ['the RPC may work without end: none', endless, {}, undefined, undefined],
    ['the client has none: none', slow, { timeoutMs: 'none' }, undefined, undefined],
    ['the call states one', slow, { timeoutMs: 'none' }, 7, 7],
    ['the call states one for an endless RPC', endless, {}, 7, 7],
    ['the call wants none', readMethod, { timeoutMs: 5 }, 'none', undefined],
    ['the call wants none of a slow RPC', slow, {}, 'none', undefined],
  ] as const)('%s', async (_, method, options, timeoutMs, expected) => {
    const transport = new FakeTransport();
    const talos = createTalosClient({ transport, ...options });
    await callUnary(talos, method, {}, timeoutMs === undefined ? undefined : { timeoutMs });
    await callUnary(talos.node('a'), method, {}, { timeoutMs });
    expect(transport.calls.map((call) => call.timeoutMs)).toEqual([expected, expected]);
  });

  it('may be none for a stream as well', () => {
    const transport = new FakeTransport();
    const method = { ...readMethod, kind: 'server-stream' } as const;
    callServerStream(createTalosClient({ transport }), method, {}, { timeoutMs: 'none' });
    expect(transport.calls[0]?.timeoutMs).toBeUndefined();
  });
});

describe('a call that acts', () => {
  const idempotent = { ...readMethod, idempotency: 'idempotent' } as const;
  const unsafe = { ...readMethod, idempotency: 'unsafe' } as const;

  it('needs a node when the client has several endpoints, and is not sent without', async () => {
    const transport = new FakeTransport(() => undefined, ['a:50000', 'b:50000']);
    const talos = createTalosClient({ transport });
    await expect(callUnary(talos, unsafe, {})).rejects.toMatchObject({
      code: 'config',
      field: 'node',
      message: expect.stringContaining('test.Service/Read acts on one node'),
    });
    await expect(callUnary(talos, idempotent, {})).rejects.toMatchObject({ field: 'node' });
    const empty = { metadata: { nodes: [] } };
    await expect(callUnary(talos, idempotent, {}, empty)).rejects.toMatchObject({ field: 'node' });
    expect(transport.calls).toEqual([]);
    await callUnary(talos.node('a'), unsafe, {});
    await callUnary(talos, unsafe, {}, { metadata: { node: 'a' } });
    await callUnary(talos, unsafe, {}, { metadata: { nodes: ['a'] } });
    expect(transport.calls).toHaveLength(3);
  });

  it('goes to the only endpoint when there is one', async () => {
    const transport = new FakeTransport();
    await callUnary(createTalosClient({ transport }), unsafe, {});
    expect(transport.calls).toHaveLength(1);
  });
});

describe('bad input is refused before anything is sent', () => {
  const talos = createTalosClient({ transport: new FakeTransport() });

  it.each(['', ' ', '10.5.0.2:50000', '[2001:db8::1]', 'https://10.5.0.2', 'a b', 'ö'])(
    'the node %j',
    (address) => {
      expect(failure(() => talos.node(address))).toMatchObject({ code: 'config', field: 'node' });
    },
  );

  it.each(['10.5.0.2', '2001:db8::1', 'fe80::1%eth0', 'cp-1', 'cp-1.example.org'])(
    'but not the node %j',
    (address) => {
      expect(talos.node(address).address).toBe(address);
    },
  );

  it.each([0, -1, Number.NaN, '5' as never])('the deadline %j', async (timeoutMs) => {
    await expect(callUnary(talos, readMethod, {}, { timeoutMs })).rejects.toMatchObject({
      field: 'timeoutMs',
    });
  });

  it.each([
    ['Upper', 'x'],
    ['grpc-timeout', '1S'],
    ['grpc-x', 'y'],
    [':path', '/'],
    [':authority', 'x'],
    [':', 'x'],
    ['connection', 'close'],
    ['proxy-connection', 'close'],
    ['keep-alive', 'timeout=5'],
    ['transfer-encoding', 'chunked'],
    ['upgrade', 'h2c'],
    ['http2-settings', 'x'],
    ['te', 'trailers'],
    ['host', 'x'],
    ['content-type', 'text/plain'],
    ['content-length', '5'],
    ['user-agent', 'mine/1'],
    ['', 'x'],
    ['a b', 'x'],
    ['a\r\nb', 'x'],
    ['a:b', 'x'],
    ['ä', 'x'],
    ['a', 'line\nbreak'],
    ['a', 'ü'],
    ['a-bin', 'text'],
    ['a', new Uint8Array()],
  ])('the metadata %j', async (name, value) => {
    await expect(
      callUnary(talos, readMethod, {}, { metadata: { [name]: value } }),
    ).rejects.toMatchObject({ code: 'config', field: `metadata.${name}` });
    const create = () =>
      createTalosClient({ transport: new FakeTransport(), metadata: { [name]: value } });
    expect(failure(create)).toMatchObject({ code: 'config', field: `metadata.${name}` });
  });

  it.each([
    'grpc',
    'connections',
    'hostname',
    'x-host',
    'tea',
    'upgrade-insecure-requests',
    'x-user-agent',
    '_.-09',
  ])('but not the metadata %s', async (name) => {
    const transport = new FakeTransport();
    const own = createTalosClient({ transport });
    await callUnary(own, readMethod, {}, { metadata: { [name]: 'x' } });
    expect(transport.calls[0]?.metadata).toHaveProperty([name], 'x');
  });

  it('a cluster that cannot travel in a header', () => {
    for (const cluster of ['a\nb', 'ü']) {
      const create = () => createTalosClient({ transport: new FakeTransport(), cluster });
      expect(failure(create)).toMatchObject({ code: 'config', field: 'cluster' });
    }
  });

  it('an empty set of nodes', () => {
    expect(failure(() => talos.nodes())).toMatchObject({ field: 'nodes' });
    expect(failure(() => talos.nodes([]))).toMatchObject({ field: 'nodes' });
  });
});

it('a client closes its transport, also through await using', async () => {
  const transport = new FakeTransport();
  {
    await using talos = createTalosClient({ transport });
    expect(talos.endpoints).toEqual(['10.5.0.2:50000']);
  }
  expect(transport.closed).toBe(true);
});

it('a client shows no metadata when inspected or turned to JSON', async () => {
  const talos = createTalosClient({
    transport: new FakeTransport(),
    metadata: { authorization: 'hunter2' },
  });
  const nodes = talos.nodes(['10.5.0.2']);
  const within = await nodes.each(async (node) => node);
  for (const value of [talos, talos.node('10.5.0.2'), nodes, [...nodes], within]) {
    const shown = [
      inspect(value, { depth: 9, showHidden: true, getters: true }),
      inspect(value, { depth: 9, customInspect: false }),
      JSON.stringify(value),
    ].join();
    expect(shown).not.toContain('hunter2');
  }
  expect(inspect(talos)).toContain('10.5.0.2:50000');
  expect(inspect(talos.node('10.5.0.3'))).toContain('10.5.0.3');
});
