import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { etcdMethods } from '../../../generated/features/etcd.js';
import { backUpEtcd } from '../../../src/fleet/index.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';
import { runWithDeaths } from './support/deaths.js';
import { SimulatedFleet } from './support/fleet.js';

/** Clusters whose time does not run ahead of the disk. */
async function fleetOf(names: readonly string[], options: ClusterOptions = {}) {
  const fleet = await SimulatedFleet.start(names, options);
  fleet.isOutside = true;
  return fleet;
}

async function folderOfTest(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-backup-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('backUpEtcd', () => {
  it('saves a snapshot of each cluster, and keeps so many', async () => {
    await using fleet = await fleetOf(['one', 'two/eu'], { controlPlanes: 3 });
    const folder = await folderOfTest();
    const flow = backUpEtcd(fleet.options, fleet.parts);
    const input = { clusters: ['one', 'two/eu'], folder, keep: 1, clustersAtOnce: 2 };
    await fleet.run(flow, input);
    const ended = await fleet.run(flow, input);
    if (ended.state === 'failed') throw new Error(ended.error.message);
    const { clusters } = ended.output as unknown as { clusters: { path: string; bytes: number }[] };
    expect(clusters).toMatchObject([
      { cluster: 'one', state: 'done', removed: [expect.stringContaining('.snapshot')] },
      { cluster: 'two/eu', state: 'done', revision: expect.stringMatching(/^\d+$/) },
    ]);
    expect(await readdir(join(folder, 'one'))).toHaveLength(1);
    expect(await readdir(join(folder, 'two%2Feu'))).toHaveLength(1);
    for (const { path, bytes } of clusters) expect(await readFile(path)).toHaveLength(bytes);
    expect(fleet.open.size).toBe(0);
  });

  it('goes on with the others when a cluster fails, and fails in the end', async () => {
    await using fleet = await fleetOf(['one', 'two', 'three']);
    fleet.cluster('one').node('cp-1').fail(etcdMethods.snapshot, 'permission-denied');
    const folder = await folderOfTest();
    const flow = backUpEtcd(fleet.options, fleet.parts);
    const clusters = ['one', 'two', 'three'];
    const ended = await fleet.run(flow, { clusters, folder });
    expect(ended).toMatchObject({ state: 'failed', error: { step: 'clusters' } });
    const { message } = (ended as { error: { message: string } }).error;
    expect(message).toContain('1 failed: one: ');
    expect(message).toContain('; done: two, three');
    expect((await readdir(folder)).sort()).toEqual(['one', 'three', 'two']);
    expect(await readdir(join(folder, 'two'))).toHaveLength(1);
    const tolerant = await fleet.run(flow, { clusters, folder, maxFailures: 1 });
    expect(tolerant).toMatchObject({
      state: 'done',
      output: { clusters: [{ cluster: 'one', state: 'failed' }, {}, {}] },
    });
  });

  it('makes one file, and leaves no part of one, at whichever moment a process dies', async () => {
    await using fleet = await fleetOf(['one']);
    const flow = backUpEtcd(fleet.options, fleet.parts);
    const run = async (moment: number | undefined) => {
      const folder = await folderOfTest();
      const deathOf = (process: number) =>
        process === 0 && moment !== undefined ? { moment } : undefined;
      const input = { clusters: ['one'], folder, keep: 5 };
      const { ended, moments } = await runWithDeaths(fleet, flow, input, deathOf);
      expect(ended.state, JSON.stringify([moment, ended])).toBe('done');
      expect(await readdir(join(folder, 'one')), `${moment}`).toEqual([
        expect.stringMatching(/^etcd-.*\.snapshot$/),
      ]);
      return moments;
    };
    const moments = await run(undefined);
    for (let moment = 1; moment <= moments; moment += 1) await run(moment);
  });

  it.each([
    ['folder', { clusters: ['one'] }],
    ['keep', { clusters: ['one'], folder: 'x', keep: 0 }],
    ['clusters', { clusters: [], folder: 'x' }],
    ['clusters', { clusters: ['one', 'one'], folder: 'x' }],
    ['clusters', { clusters: [{ context: 'one', nodes: [] }], folder: 'x' }],
    ['image', { clusters: ['one'], folder: 'x', image: 'x' }],
  ])('refuses an input by its field %s', async (field, input) => {
    await using fleet = await SimulatedFleet.start([]);
    const ended = await fleet.run(backUpEtcd(fleet.options, fleet.parts), input as never);
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'config' } });
    expect((ended as { error: { message: string } }).error.message).toContain(`: ${field}`);
  });
});
