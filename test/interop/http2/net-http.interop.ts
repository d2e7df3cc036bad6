import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { etcd } from '../../../generated/features/etcd.js';
import { files } from '../../../generated/features/files.js';
import { system } from '../../../generated/features/system.js';
import {
  createTalosClient,
  mtls,
  type ReceivedMetadata,
  type TalosClient,
} from '../../../src/http2.js';
import { GoCluster } from '../support/go-cluster.js';

/** HTTP/2 of `net/http`: other windows and limits than those of grpc-go, and another way to end. */
let cluster: GoCluster;
let talos: TalosClient;

beforeAll(async () => {
  cluster = await GoCluster.start({ netHttp: true });
  const { ca, crt, key } = await cluster.issue(['os:admin']);
  talos = createTalosClient({
    endpoints: [cluster.node('cp-1').endpoint],
    credentials: mtls({ ca, cert: crt, key }),
    timeoutMs: 100_000,
  });
});
beforeEach(() => cluster.clear());
afterAll(async () => {
  await talos?.close();
  await cluster?.[Symbol.asyncDispose]();
});

const hostname = 'machine.MachineService/Hostname';

describe("over HTTP/2 of Go's net/http", () => {
  test('calls are answered, also more at a time than it takes streams', async () => {
    const calls = Array.from({ length: 600 }, () => system(talos).hostname());
    const names = (await Promise.all(calls)).map((reply) => reply.hostname);
    expect(new Set(names)).toEqual(new Set(['cp-1']));
    expect(names).toHaveLength(600);
  });

  test('headers and trailers come as they were sent', async () => {
    let headers: ReceivedMetadata | undefined;
    let trailers: ReceivedMetadata | undefined;
    await system(talos).hostname(
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
    expect(headers?.['interop-header']).toEqual(['first', 'second']);
    expect(trailers?.['interop-trailer']).toEqual(['late']);
  });

  test('a refused call has its status, reason and details', async () => {
    const metadata = { interop: 'status=8&reason=too+much%C3%A4&details' };
    await expect(system(talos).hostname({}, { metadata })).rejects.toMatchObject({
      status: 'resource-exhausted',
      reason: 'too muchä',
      details: expect.arrayContaining([expect.objectContaining({ reason: 'NODE_BUSY' })]),
    });
  });

  test('a call that hangs ends with its deadline, here and there', async () => {
    const options = { timeoutMs: 150, metadata: { interop: 'hang' } };
    await expect(system(talos).hostname({}, options)).rejects.toMatchObject({
      status: 'deadline-exceeded',
    });
    await cluster.awaitCalls(hostname, 'ended');
  });

  test('a long stream comes whole', async () => {
    const path = '/interop/chunks?count=50000&size=1024';
    let received = 0;
    for await (const chunk of files(talos).read({ path })) received += chunk.length;
    expect(received).toBe(50_000 * 1024);
  });

  test('leaving a stream early ends it there', async () => {
    for await (const _ of files(talos).read({ path: '/interop/endless' })) break;
    await cluster.awaitCalls('machine.MachineService/Read', 'Canceled');
  });

  test('an upload arrives whole', async () => {
    const pieces = Array.from({ length: 1024 }, (_, index) => Buffer.alloc(32_768, `${index} `));
    let trailers: ReceivedMetadata | undefined;
    await etcd(talos).recover(pieces, {
      onTrailers: (received) => {
        trailers = received;
      },
    });
    const sum = createHash('sha256');
    for (const piece of pieces) sum.update(piece);
    expect(trailers?.['interop-sum']).toEqual([sum.digest('hex')]);
  });

  test('an upload that is answered before its end resolves', async () => {
    async function* source() {
      yield Buffer.from('enough');
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        yield Buffer.alloc(16);
      }
    }
    await expect(etcd(talos).recover(source())).resolves.toBeUndefined();
  });

  test('a stream ends well while the server leaves in order, and the next call connects anew', async () => {
    const stream = files(talos).read({ path: '/interop/chunks?count=20000&size=1024' });
    const iterator = stream[Symbol.asyncIterator]();
    let received = 0;
    let stopped: Promise<void> | undefined;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      stopped ??= cluster.stop('cp-1', { graceful: true });
      received += next.value.length;
    }
    expect(received).toBe(20_000 * 1024);
    await stopped;
    await cluster.serve('cp-1');
    expect((await system(talos).hostname()).hostname).toBe('cp-1');
  });
});
