import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { cluster } from '../../../generated/features/cluster.js';
import { readSingleFile } from '../../../src/operations/archive/read-single-file.js';
import { simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import { cutTarGz } from '../../../testkit/src/topics/kubernetes/kubeconfig.js';
import { end, entry, inChunks, tarGzOf } from '../../support/tar.js';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

it('reads the kubeconfig that a node sends, whose archive has no end', async () => {
  await using simulated = await simulateCluster();
  const stream = cluster(simulated.client()).kubeconfig();
  expect(text(await readSingleFile(stream))).toMatch(/^apiVersion: v1\n/);
});

it('reads a whole archive as well, in whatever pieces it comes', async () => {
  const archive = tarGzOf({ name: 'folder', type: '5' }, { name: 'kubeconfig', content: 'abc' });
  for (const length of [1, 7, 512, 10_000]) {
    expect(text(await readSingleFile(inChunks(archive, length)))).toBe('abc');
  }
});

it('refuses content that is not all there, at every byte', async () => {
  const archive = gunzipSync(cutTarGz('kubeconfig', 'apiVersion: v1\n', 0));
  for (let length = 0; length < archive.length; length += 1) {
    const cut = gzipSync(archive.subarray(0, length));
    await expect(readSingleFile(cut), String(length)).rejects.toThrow(/breaks off at byte \d+/);
  }
  const packed = cutTarGz('kubeconfig', 'apiVersion: v1\n', 0);
  for (let length = 0; length < packed.length; length += 1) {
    await expect(readSingleFile(packed.subarray(0, length))).rejects.toThrow('breaks off');
  }
});

it('tells the error of the source, and not what that made of the archive', async () => {
  const lost = new Error('connection lost');
  const archive = tarGzOf({ name: 'kubeconfig', content: 'abc' });
  for (const length of [0, 10, archive.length]) {
    async function* source() {
      yield archive.subarray(0, length);
      throw lost;
    }
    await expect(readSingleFile(source())).rejects.toBe(lost);
  }
});

it('refuses what has no file, is no archive, or is too large', async () => {
  const folder = tarGzOf({ name: 'folder', type: '5' });
  await expect(readSingleFile(folder)).rejects.toThrow('there is no file in the archive');
  await expect(readSingleFile(gzipSync(end))).rejects.toThrow('there is no file in the archive');
  await expect(readSingleFile(Buffer.from('apiVersion: v1'))).rejects.toThrow('no gzip');
  const bomb = gzipSync(entry({ name: 'a', content: Buffer.alloc(2_000_000) }));
  await expect(readSingleFile(bomb, 1_000_000)).rejects.toThrow('more than 1000000 bytes');
});
