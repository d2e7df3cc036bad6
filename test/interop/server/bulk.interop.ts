import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cluster as clusterCalls } from '../../../generated/features/cluster.js';
import { configuration } from '../../../generated/features/configuration.js';
import { debug } from '../../../generated/features/debug.js';
import { etcd } from '../../../generated/features/etcd.js';
import { files } from '../../../generated/features/files.js';
import { images } from '../../../generated/features/images.js';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { logs } from '../../../generated/features/logs.js';
import type { TalosClient } from '../../../src/runtime/client.js';
import type { ReceivedMetadata } from '../../../src/runtime/metadata.js';
import { collect, collectBytes, text } from '../../../src/runtime/streams/collect.js';
import { lines } from '../../../src/runtime/streams/lines.js';
import { fromMs } from '../../../src/runtime/time.js';
import { GoCluster } from '../support/go-cluster.js';

const largest = 32 * 1024 * 1024;
const million = 1_000_000;
const containerd = { driver: 'CRI', namespace: 'NS_SYSTEM' } as const;

let cluster: GoCluster;
let talos: TalosClient;

beforeAll(async () => {
  cluster = await GoCluster.start();
  talos = await cluster.client({ timeoutMs: 100_000 });
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const ways = [
  ['the endpoint itself', '10.5.0.2'],
  ['another node', '10.5.0.3'],
] as const;

describe.each(ways)('messages of 32 MiB, on %s', (_name, address) => {
  test('come whole', async () => {
    // Tag and length of the one field take five bytes.
    const size = largest - 5;
    const path = `/interop/chunks?count=2&size=${size}`;
    let received = 0;
    for await (const chunk of files(talos.node(address)).read({ path })) {
      expect(Buffer.from(chunk.subarray(0, 8)).toString()).toMatch(/^0000000[01]$/);
      received += chunk.length;
    }
    expect(received).toBe(2 * size);
  });

  test('go whole', async () => {
    const data = Buffer.alloc(largest - 64, 'talos');
    const reply = await configuration(talos.node(address)).apply({ data, mode: 'NO_REBOOT' });
    expect(reply).toMatchObject({
      mode: 'NO_REBOOT',
      modeDetails: createHash('sha256').update(data).digest('hex'),
      warnings: ['one', 'zwei'],
    });
  });

  test('are refused with resource-exhausted when they are larger, either way', async () => {
    const path = `/interop/chunks?size=${largest}`;
    await expect(collectBytes(files(talos.node(address)).read({ path }))).rejects.toMatchObject({
      status: 'resource-exhausted',
    });
    const data = Buffer.alloc(largest);
    await expect(
      configuration(talos.node(address)).apply({ data, mode: 'NO_REBOOT' }),
    ).rejects.toMatchObject({ status: 'resource-exhausted' });
  });
});

describe.each(ways)('a stream of a million pieces of 1 KiB, on %s', (_name, address) => {
  test('comes whole and in order, without piling up', async () => {
    const path = `/interop/chunks?count=${million}&size=1024`;
    const started = performance.now();
    let received = 0;
    let outOfOrder = 0;
    let peak = 0;
    let rest = Buffer.alloc(0);
    for await (const chunk of files(talos.node(address)).read({ path })) {
      // Pieces may come joined, so the numbers are looked for where they must be.
      const at = received % 1024;
      const joined = at === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      for (let piece = 0; piece + 1024 <= joined.length; piece += 1024) {
        const number = Number.parseInt(joined.toString('latin1', piece, piece + 8), 16);
        if (number !== Math.floor((received - at + piece) / 1024)) outOfOrder++;
      }
      rest = joined.subarray(joined.length - (joined.length % 1024));
      received += chunk.length;
      if (received % (64 << 20) < chunk.length) peak = Math.max(peak, process.memoryUsage().rss);
    }
    const seconds = (performance.now() - started) / 1000;
    expect(received).toBe(million * 1024);
    expect(outOfOrder).toBe(0);
    console.log(
      `${address}: ${million} pieces in ${seconds.toFixed(1)} s, ` +
        `${(received / seconds / 2 ** 20).toFixed(0)} MiB/s, peak ${(peak / 2 ** 20).toFixed(0)} MiB`,
    );
  });

  test('waits for a slow reader', async () => {
    await cluster.clear();
    const stream = files(talos.node(address)).read({ path: '/interop/endless' });
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    const sent = async () => (await cluster.calls('machine.MachineService/Read'))[0]?.sent ?? 0;
    // The node stops when all windows on the way are full: then two counts are the same.
    let before = -1;
    for (let now = await sent(); now !== before; now = await sent()) {
      before = now;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(before * 1024).toBeLessThan(64 << 20);
    await iterator.return?.();
    await cluster.awaitCalls('machine.MachineService/Read', 'Canceled');
  });
});

describe.each(ways)('uploads, on %s', (_name, address) => {
  test('arrive whole', async () => {
    const pieces = Array.from({ length: 4096 }, (_, index) => Buffer.alloc(4096, `${index} `));
    let trailers: ReceivedMetadata | undefined;
    await etcd(talos.node(address)).recover(pieces, {
      onTrailers: (received) => {
        trailers = received;
      },
    });
    const sum = createHash('sha256');
    for (const piece of pieces) sum.update(piece);
    expect(trailers?.['interop-sum']).toEqual([sum.digest('hex')]);
  });

  test('of messages of one kind after another arrive too', async () => {
    const requests = [
      { containerd },
      ...Array.from({ length: 100 }, () => ({ imageChunk: { bytes: Buffer.alloc(32_768) } })),
    ];
    const answered = await images(talos.node(address)).import(
      requests.map((value) =>
        'containerd' in value
          ? { request: { case: 'containerd', value: value.containerd } }
          : { request: { case: 'imageChunk', value: value.imageChunk } },
      ) as never,
    );
    expect(answered).toMatchObject({ name: `imported:${100 * 32_768}` });
  });
});

describe('what nodes stream', () => {
  test('logs, cut anywhere, are whole lines again', async () => {
    const request = { id: 'etcd', namespace: 'system', driver: 'CONTAINERD' } as const;
    const stream = logs(talos).logs({ ...request, follow: false, tailLines: -1 });
    expect(await collect(lines(stream))).toEqual(['eins', 'zwei ü 😀', 'drei']);
  });

  test('a snapshot ends with its checksum', async () => {
    const bytes = await collectBytes(etcd(talos.node('10.5.0.3')).snapshot({}));
    expect(bytes.length % 512).toBe(32);
    const sum = createHash('sha256').update(bytes.subarray(0, -32)).digest();
    expect(sum.equals(bytes.subarray(-32))).toBe(true);
  });

  test('a program answers its input, until that ends', async () => {
    const requests = [
      { case: 'spec', value: {} },
      { case: 'stdinData', value: Buffer.from('one ') },
      { case: 'stdinData', value: Buffer.from('two') },
    ].map((request) => ({ request }));
    const replies = await collect(debug(talos.node('10.5.0.3')).containerRun(requests as never));
    expect(replies.map(({ resp }) => resp)).toEqual([
      { case: 'stdoutData', value: expect.anything() },
      { case: 'stdoutData', value: expect.anything() },
      { case: 'exitCode', value: 0 },
    ]);
  });

  test('an installer that fails ends well, with its exit code as the last word', async () => {
    const stream = lifecycle(talos.node('10.5.0.3')).upgrade({
      containerd,
      source: { imageName: 'installer' },
    } as never);
    const replies = await collect(stream);
    expect(replies.map(({ progress }) => progress?.response)).toEqual([
      { case: 'message', value: 'installing\n' },
      { case: 'exitCode', value: 3 },
    ]);
  });

  test('a health check gives its lines before its failure', async () => {
    const seen: string[] = [];
    const read = async () => {
      const stream = clusterCalls(talos).healthCheck({ waitTimeout: fromMs(0) });
      for await (const { message } of stream) seen.push(message);
    };
    await expect(read()).rejects.toMatchObject({ status: 'deadline-exceeded' });
    expect(seen).toHaveLength(3);
  });

  test('text helpers put characters together that came in pieces', async () => {
    const request = { id: 'etcd', namespace: 'system', driver: 'CONTAINERD' } as const;
    const stream = logs(talos).logs({ ...request, follow: false, tailLines: -1 });
    expect(await text(stream)).toBe('eins\nzwei ü 😀\ndrei\n');
  });
});
