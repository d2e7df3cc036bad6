import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { GoClient, GoFailure, type Message } from '../support/go-client.js';

const talosVersion = 'v1.14.0';

let cluster: SimulatedCluster;
let go: GoClient;

beforeAll(async () => {
  cluster = await simulateCluster({
    controlPlanes: 3,
    workers: 1,
    transport: 'tls',
    talosVersion,
  });
  go = new GoClient();
  await go.connect(cluster.talosconfig);
});
afterAll(async () => {
  await go?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

const addresses = () => cluster.nodes.map(({ address }) => address);

interface Envelope {
  readonly messages: readonly {
    readonly metadata: null | { readonly hostname: string; readonly error: string };
    readonly version?: { readonly tag: string };
  }[];
}

async function failureOf(call: Promise<unknown>): Promise<GoFailure> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(GoFailure);
  return error as GoFailure;
}

describe('one node', () => {
  test('answers without metadata, whichever way it is asked', async () => {
    for (const options of [{}, { node: '10.5.0.3' }]) {
      const { value } = await go.call<Message<Envelope>>('Version', [], options);
      expect(value.messages).toMatchObject([{ metadata: null, version: { tag: talosVersion } }]);
    }
  });

  test('that is a worker does not have what control planes have', async () => {
    const worker = cluster.workers[0]?.address ?? '';
    expect(await failureOf(go.call('EtcdMemberList', [{}], { node: worker }))).toMatchObject({
      code: 'Unimplemented',
    });
  });

  test('that there is not is unavailable', async () => {
    const call = go.call('Version', [], { node: '10.5.0.200', timeoutMs: 10_000 });
    expect((await failureOf(call)).code).toBe('Unavailable');
  });

  test('with a port is no target', async () => {
    const failure = await failureOf(go.call('Version', [], { node: '10.5.0.3:50000' }));
    expect(failure).toMatchObject({
      code: 'Internal',
      message: expect.stringContaining('invalid target'),
    });
  });
});

describe('many nodes', () => {
  test('answer with the target as their host name', async () => {
    const { value } = await go.call<Message<Envelope>>('Version', [], { nodes: addresses() });
    expect(value.messages.map(({ metadata }) => metadata?.hostname).sort()).toEqual(
      [...addresses()].sort(),
    );
  });

  test('that fail are errors of single nodes, beside the answers of the others', async () => {
    const [first = ''] = addresses();
    const failure = await failureOf(go.call('Version', [], { nodes: [first, '10.5.0.200'] }));
    expect(failure.nodes).toMatchObject([{ node: '10.5.0.200', code: 'Unavailable' }]);
  });

  test('are refused by services that do not take them', async () => {
    const failure = await failureOf(go.stream('Image.List', [{}], { nodes: addresses(), take: 1 }));
    expect(failure.code).toBe('InvalidArgument');
  });

  test('are asked one by one by the multiplexer of the official client', async () => {
    const items = await go.items<{ node: string; payload?: Message; error?: { code: string } }>({
      do: 'multiplex',
      call: 'Version',
      nodes: [...addresses(), '10.5.0.200'],
    });
    expect(items).toHaveLength(5);
    for (const { node, payload, error } of items) {
      if (node === '10.5.0.200') expect(error?.code).toBe('Unavailable');
      else expect(payload?.type).toBe('machine.VersionResponse');
    }
  });
});

describe('roles', () => {
  test('decide what the official client may do', async () => {
    await go.connect(await talosconfigFor('os:reader'), { name: 'reader' });
    await go.call('Version', [], { client: 'reader' });
    const failure = await failureOf(go.call('Reboot', [], { client: 'reader', node: '10.5.0.2' }));
    expect(failure).toMatchObject({
      code: 'PermissionDenied',
      message: expect.stringContaining('not authorized'),
    });
  });
});

/** The talosconfig of the cluster with a certificate for other roles. */
async function talosconfigFor(...roles: readonly string[]): Promise<string> {
  const { cert, key } = await cluster.pki.client(...roles);
  const config = parse(cluster.talosconfig) as { contexts: Record<string, object> };
  for (const context of Object.values(config.contexts)) {
    Object.assign(context, {
      crt: Buffer.from(cert).toString('base64'),
      key: Buffer.from(key).toString('base64'),
    });
  }
  return stringify(config, { lineWidth: 0 });
}

describe('deadlines and ends', () => {
  test('of the official client reach the simulated node', async () => {
    const call = go.stream('Logs', ['system', 0, 'etcd', true, -1], { timeoutMs: 400 });
    expect((await failureOf(call)).code).toBe('DeadlineExceeded');
  });

  test('cancelling ends a watch', async () => {
    let begun: () => void = () => {};
    const began = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const watching = go.start({ do: 'eventsV2', arguments: [{ tailEvents: -1 }] }, begun);
    const ended = expect(watching.ended).rejects.toBeInstanceOf(GoFailure);
    await began;
    await watching.cancel();
    await ended;
  });
});
