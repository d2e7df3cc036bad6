import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { files } from '../../../generated/features/files.js';
import { services } from '../../../generated/features/services.js';
import { system } from '../../../generated/features/system.js';
import type { TalosClient } from '../../../src/runtime/client.js';
import { TalosRpcError } from '../../../src/runtime/errors/rpc-error.js';
import type { ReceivedMetadata } from '../../../src/runtime/metadata.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import { GoCluster } from '../support/go-cluster.js';

let cluster: GoCluster;
let talos: TalosClient;

beforeAll(async () => {
  cluster = await GoCluster.start();
  talos = await cluster.client();
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

/** The error of a call that asks to be answered so. */
async function failure(interop: string, node?: string): Promise<TalosRpcError> {
  const target = node === undefined ? talos : talos.node(node);
  const error = await system(target)
    .hostname({}, { metadata: { interop } })
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  expect(error).toBeInstanceOf(TalosRpcError);
  return error as TalosRpcError;
}

test.each([
  [1, 'cancelled'],
  [2, 'unknown'],
  [3, 'invalid-argument'],
  [4, 'deadline-exceeded'],
  [5, 'not-found'],
  [6, 'already-exists'],
  [7, 'permission-denied'],
  [8, 'resource-exhausted'],
  [9, 'failed-precondition'],
  [10, 'aborted'],
  [11, 'out-of-range'],
  [12, 'unimplemented'],
  [13, 'internal'],
  [14, 'unavailable'],
  [15, 'data-loss'],
  [16, 'unauthenticated'],
])('status %i is %s, with its text', async (code, status) => {
  const reason = 'größer 日本 😀 100%';
  const error = await failure(`status=${code}&reason=${encodeURIComponent(reason)}`);
  expect(error).toMatchObject({ status, reason, rpc: 'machine.MachineService/Hostname' });
});

test.each([99, 17, 1000])('the status %i, which there is not, is unknown', async (code) => {
  expect(await failure(`status=${code}&reason=odd`)).toMatchObject({ status: 'unknown' });
});

describe('status details', () => {
  test.each([undefined, '10.5.0.3'])('are decoded, from %s', async (node) => {
    const { details } = await failure('status=9&details=1&reason=busy', node);
    expect(details).toMatchObject([
      {
        kind: 'error-info',
        reason: 'NODE_BUSY',
        domain: 'talos.dev',
        metadata: { node: 'cp-1', größe: '7' },
      },
      { kind: 'retry-info', retryDelayMs: 3500 },
      {
        kind: 'bad-request',
        fieldViolations: [{ field: 'data', description: 'line 3: not YAML' }],
      },
      { kind: 'resource-info', resourceType: 'Member', resourceName: 'cp-9', owner: 'nobody' },
      // An Any in an Any: nothing that can be decoded, so its bytes are kept.
      { type: 'google.protobuf.Any', value: expect.any(Uint8Array) },
    ]);
  });
});

describe('plain errors of handlers', () => {
  test('are unknown, with their text', async () => {
    await expect(services(talos).stop({ id: 'etcd' })).rejects.toMatchObject({
      status: 'unknown',
      reason: 'service "etcd" doesn\'t support stop operation via API',
    });
  });
});

describe('headers and trailers', () => {
  test.each([undefined, '10.5.0.3'])('are shown as they came, from %s', async (node) => {
    const target = node === undefined ? talos : talos.node(node);
    let headers: ReceivedMetadata | undefined;
    let trailers: ReceivedMetadata | undefined;
    await system(target).hostname(
      {},
      {
        metadata: { interop: 'headers=late' },
        onHeaders: (received) => {
          headers = received;
        },
        onTrailers: (received) => {
          trailers = received;
        },
      },
    );
    // Node's HTTP/2 joins the values of a header that comes twice; nobody can tell them apart then.
    const joined = process.env.TALOS_CLIENT_CARRIER !== 'http2';
    expect(headers?.['interop-header']).toEqual(joined ? ['first, second'] : ['first', 'second']);
    expect(headers?.['interop-bin']?.map((value) => Buffer.from(value as Uint8Array))).toEqual([
      Buffer.from([0, 0xff, 0x80]),
    ]);
    expect(trailers?.['interop-trailer']).toEqual(['late']);
  });

  test('of a failed call are part of its error', async () => {
    const error = await failure('headers=sad&status=5&reason=gone');
    expect(error.metadata['interop-trailer']).toEqual(['sad']);
  });

  test('may hold bytes and several values on the way up', async () => {
    await cluster.clear();
    const metadata = { 'trace-bin': Buffer.from([0, 1, 255]), many: ['a', 'b, c', ''] };
    await system(talos.node('10.5.0.3')).hostname({}, { metadata });
    const [seen] = await cluster.awaitCalls('machine.MachineService/Hostname', 'OK');
    expect(seen?.metadata.many).toEqual(['a', 'b, c', '']);
    expect(seen?.metadata['trace-bin']).toHaveLength(1);
  });
});

describe('a stream', () => {
  test('gives what came before its error', async () => {
    const received: string[] = [];
    const stream = files(talos).read({
      path: '/interop/chunks?count=3&size=8&status=13&reason=disk',
    });
    await expect(
      (async () => {
        for await (const chunk of stream) received.push(Buffer.from(chunk).toString());
      })(),
    ).rejects.toMatchObject({ status: 'internal', reason: 'disk' });
    expect(received.join('')).toBe('000000000000000100000002');
  });

  test('that fails at once has no items', async () => {
    await expect(collect(files(talos).read({ path: '/nope' }))).rejects.toMatchObject({
      status: 'not-found',
    });
  });
});
