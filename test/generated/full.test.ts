import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { FullNode, TalosClient } from '../../generated/full.js';
import { createTalosClient, type SiblingOptions, TalosConfigError } from '../../src/index.js';
import { FakeTransport } from '../support/fake-transport.js';

function clientOver(transport: FakeTransport): TalosClient {
  return new TalosClient({ transport, nodes: ['10.5.0.2', '10.5.0.3'] });
}

it('calls of every feature are members of a node', async () => {
  const transport = new FakeTransport(({ node }) => ({ members: [], node }));
  const talos = clientOver(transport);
  await expect(talos.node('10.5.0.2').etcd.memberList()).resolves.toMatchObject({
    node: '10.5.0.2',
  });
  await talos.system.version();
  expect(transport.calls.map(({ method, node }) => [method.path, node])).toStrictEqual([
    ['/machine.MachineService/EtcdMemberList', '10.5.0.2'],
    ['/machine.MachineService/Version', undefined],
  ]);
});

it('a feature is made once', () => {
  const node = clientOver(new FakeTransport()).node('10.5.0.2');
  expect(node.etcd).toBe(node.etcd);
  expect(node.etcd).not.toBe(clientOver(new FakeTransport()).node('10.5.0.2').etcd);
});

it('a set of nodes hands out nodes with features', async () => {
  const transport = new FakeTransport(({ node }) => ({ node }));
  const nodes = clientOver(transport).nodes();
  expect(nodes.addresses).toStrictEqual(['10.5.0.2', '10.5.0.3']);
  const results = await nodes.each((node) => node.etcd.status());
  expect(results).toMatchObject([
    { node: '10.5.0.2', ok: true, value: { node: '10.5.0.2' } },
    { node: '10.5.0.3', ok: true, value: { node: '10.5.0.3' } },
  ]);
  for (const node of nodes) expect(node).toBeInstanceOf(FullNode);
});

it('a set of nodes joins streams', async () => {
  const talos = clientOver(new FakeTransport());
  const merged = talos.nodes().merge(async function* ({ address }) {
    yield address;
  });
  const seen = [];
  for await (const item of merged) seen.push(item);
  expect(seen.map(({ node, value }) => [node, value]).sort()).toStrictEqual([
    ['10.5.0.2', '10.5.0.2'],
    ['10.5.0.3', '10.5.0.3'],
  ]);
});

it('calls made through a node of a fan-out end with it', async () => {
  const transport = new FakeTransport(({ signals }) => Promise.reject(signals[0]?.reason));
  const reason = new Error('enough');
  const talos = clientOver(transport);
  const run = talos.nodes().each((node) => node.system.version(), {
    signal: AbortSignal.abort(reason),
  });
  await expect(run).rejects.toBe(reason);
});

it('features can be added to a client that is there', async () => {
  const transport = new FakeTransport(() => 'reply');
  const base = createTalosClient({ transport });
  const talos = new TalosClient(base);
  await expect(talos.system.hostname()).resolves.toBe('reply');
  expect(talos.endpoints).toBe(base.endpoints);
  expect(talos.certificate).toBeUndefined();
  await talos.close();
  expect(transport.closed).toBe(true);
});

it('a sibling has the features too, over a transport of its own', async () => {
  const made: SiblingOptions[] = [];
  const fresh = new FakeTransport(({ node }) => node, ['10.5.0.9:50000']);
  const transport = Object.assign(new FakeTransport(), {
    sibling: (changes: SiblingOptions = {}) => {
      made.push(changes);
      return fresh;
    },
  });
  const changes = { endpoints: ['10.5.0.9'] };
  const sibling: TalosClient = clientOver(transport).sibling(changes);
  expect(sibling).toBeInstanceOf(TalosClient);
  expect(made).toStrictEqual([changes]);
  expect(sibling.endpoints).toStrictEqual(['10.5.0.9:50000']);
  const results = await sibling.nodes().each((node) => node.system.hostname());
  expect(results).toMatchObject([{ value: '10.5.0.2' }, { value: '10.5.0.3' }]);
  await sibling.close();
  expect([transport.closed, fresh.closed]).toStrictEqual([false, true]);
  expect(transport.calls).toStrictEqual([]);
});

it('a transport without siblings is said', () => {
  expect(() => clientOver(new FakeTransport()).sibling()).toThrow(TalosConfigError);
});

it('is closed at the end of its scope', async () => {
  const transport = new FakeTransport();
  {
    await using talos = clientOver(transport);
    expect(talos.address).toBeUndefined();
  }
  expect(transport.closed).toBe(true);
});

it('refuses what the client it wraps refuses', () => {
  const talos = clientOver(new FakeTransport());
  expect(() => talos.node('10.5.0.2:50000')).toThrow(TalosConfigError);
  expect(() => talos.nodes([])).toThrow(TalosConfigError);
});

it('nothing of it shows metadata, whose values may be secret', async () => {
  const transport = new FakeTransport();
  const talos = new TalosClient({ transport, metadata: { authorization: 'hunter2' } });
  const nodes = talos.nodes(['10.5.0.2']);
  const within = await nodes.each(async (node) => [node, node.etcd]);
  for (const value of [talos, talos.etcd, talos.node('10.5.0.2'), [...nodes], nodes, within]) {
    const shown = inspect(value, { depth: 9, showHidden: true, getters: true });
    expect(shown + inspect(value, { depth: 9, customInspect: false })).not.toContain('hunter2');
  }
});
