import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configurationMethods } from '../../../generated/features/configuration.js';
import type { Flow } from '../../../src/fleet/flow.js';
import type { ConfigurationOf } from '../../../src/fleet/index.js';
import { rollOutConfiguration } from '../../../src/fleet/index.js';
import type { Json } from '../../../src/fleet/json.js';
import type { SimulatedCluster } from '../../../testkit/src/cluster/cluster.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';
import { config } from '../../../testkit/src/topics/config/config.js';
import { PlainStore } from '../support/plain-engine.js';
import { type Death, runWithDeaths } from './support/deaths.js';
import { SimulatedFleet } from './support/fleet.js';
import { tracesOf } from './support/rolled.js';
import { watchCluster } from './support/watch.js';

const { apply } = configurationMethods;
const patch = 'machine:\n  sysctls:\n    vm.max_map_count: "262144"\n';
const appending = 'machine:\n  certSANs: [appended.example]\n';

async function fileOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fleet-patches-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'patch.yaml');
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

/** The texts of the configurations of nodes, by their names. */
function configurations(cluster: SimulatedCluster): Readonly<Record<string, string>> {
  return Object.fromEntries(
    cluster.nodes.map(({ name, machine }) => [name, machine.state(config).active?.text ?? '']),
  );
}

const options: ClusterOptions = { controlPlanes: 3, workers: 2 };

/** Gives configurations by a function, so that no file makes the time of the test run ahead. */
const patching =
  (...patches: string[]): ConfigurationOf =>
  () => ({ patches });

describe('rollOutConfiguration', () => {
  it('patches the nodes of clusters, control planes first, and reboots none', async () => {
    await using fleet = await SimulatedFleet.start(['one', 'two'], options);
    fleet.isOutside = true;
    const flow = rollOutConfiguration(fleet.options, fleet.parts);
    const patches = [await fileOf(patch)];
    const ended = await fleet.run(flow, { clusters: ['one', 'two'], patches });
    expect(ended).toMatchObject({ state: 'done' });
    for (const cluster of fleet.clusters.values()) {
      expect(cluster.journal.of(apply).map(({ node }) => node)).toEqual([
        ...['cp-1', 'cp-2', 'cp-3', 'worker-1', 'worker-2'],
      ]);
      expect(cluster.nodes.map(({ machine }) => machine.boots)).toEqual([1, 1, 1, 1, 1]);
    }
    const [done] = (ended as unknown as { output: { clusters: { nodes: object[] }[] } }).output
      .clusters;
    expect(done?.nodes[0]).toEqual({
      node: '10.5.0.2',
      state: 'configured',
      changes: ['machine.sysctls'],
      rebooted: false,
      evicted: 0,
    });
  });

  it('skips nodes that have the configuration already', async () => {
    await using fleet = await SimulatedFleet.start(['one'], { controlPlanes: 1, workers: 1 });
    const configurationOf = patching(patch);
    const flow = rollOutConfiguration({ ...fleet.options, configurationOf }, fleet.parts);
    const input = { clusters: ['one'], name: 'sysctls' };
    await fleet.run(flow, input);
    const ended = await fleet.run(flow, input);
    expect(ended).toMatchObject({
      state: 'done',
      output: { clusters: [{ nodes: [{ state: 'skipped', changes: [] }, { state: 'skipped' }] }] },
    });
    expect(fleet.cluster('one').journal.of(apply)).toHaveLength(2);
  });

  it('stages a configuration, and drains and reboots the nodes into it', async () => {
    await using fleet = await SimulatedFleet.start(['one'], options);
    const cluster = fleet.cluster('one');
    const watched = watchCluster(cluster);
    const configurationOf = patching(patch);
    const flow = rollOutConfiguration({ ...fleet.options, configurationOf }, fleet.parts);
    const input = { clusters: ['one'], name: 'x', mode: 'STAGED', reboot: true } as const;
    expect(await fleet.run(flow, input)).toMatchObject({ state: 'done' });
    expect(watched.downs).toEqual(['cp-1', 'cp-2', 'cp-3', 'worker-1', 'worker-2']);
    expect(watched.controlPlanesDown()).toBe(1);
    for (const { boots, reboots, cordoned } of Object.values(tracesOf(cluster))) {
      expect({ boots, reboots, cordoned }).toEqual({ boots: 2, reboots: 1, cordoned: false });
    }
    for (const text of Object.values(configurations(cluster))) expect(text).toContain('262144');
  });

  it('asks for the configuration of each node, by its cluster, address and type', async () => {
    await using fleet = await SimulatedFleet.start(['one'], { controlPlanes: 1, workers: 1 });
    const asked: unknown[] = [];
    const configurationOf: ConfigurationOf = (place) => {
      asked.push(place);
      return (current) => current;
    };
    const flow = rollOutConfiguration({ ...fleet.options, configurationOf }, fleet.parts);
    expect(await fleet.run(flow, { clusters: ['one'], name: 'x' })).toMatchObject({
      state: 'done',
    });
    expect(asked).toEqual([
      { cluster: 'one', node: '10.5.0.2', type: 'controlplane', name: 'x' },
      { cluster: 'one', node: '10.5.0.3', type: 'worker', name: 'x' },
    ]);
  });

  it('ends the roll of a cluster at the first node that refuses', async () => {
    await using fleet = await SimulatedFleet.start(['one'], options);
    const cluster = fleet.cluster('one');
    cluster.node('cp-2').fail(apply, 'invalid-argument', { message: 'no such disk' });
    const configurationOf = patching(patch);
    const flow = rollOutConfiguration({ ...fleet.options, configurationOf }, fleet.parts);
    const ended = await fleet.run(flow, { clusters: ['one'], name: 'x' });
    const { message } = (ended as { error: { message: string } }).error;
    expect(message).toContain('no such disk');
    expect(message).toContain('; done: 10.5.0.2; not begun: 10.5.0.4, 10.5.0.5, 10.5.0.6');
  });

  it('fails at a node whose change is another one than was compared', async () => {
    await using fleet = await SimulatedFleet.start(['one']);
    let asked = 0;
    const configurationOf: ConfigurationOf = () => {
      asked += 1;
      return { patches: [`machine:\n  sysctls:\n    vm.max_map_count: "${asked}"\n`] };
    };
    const flow = rollOutConfiguration({ ...fleet.options, configurationOf }, fleet.parts);
    const ended = await fleet.run(flow, { clusters: ['one'], name: 'x' });
    const { message } = (ended as { error: { message: string } }).error;
    expect(message).toContain('what is to be applied is not what was compared');
    expect(fleet.cluster('one').journal.of(apply)).toHaveLength(0);
  });

  it.each<[string, object]>([
    ['patches', {}],
    ['patches', { patches: [] }],
    ['patches', { patches: ['a.yaml'], file: 'b.yaml' }],
    ['name', { name: 'x' }],
    ['mode', { patches: ['a.yaml'], mode: 'REBOOT' }],
    ['clusters', { patches: ['a.yaml'], clusters: undefined }],
  ])('refuses an input by its field %s', async (field, input) => {
    await using fleet = await SimulatedFleet.start([]);
    const flow = rollOutConfiguration(fleet.options, fleet.parts);
    const ended = await fleet.run(flow, { clusters: ['one'], ...input } as never);
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'config' } });
    expect((ended as { error: { message: string } }).error.message).toContain(`: ${field}: `);
  });

  it('remembers nothing of the configurations but digests and paths', async () => {
    await using fleet = await SimulatedFleet.start(['one'], { controlPlanes: 1 });
    const cluster = fleet.cluster('one');
    const whole = configurations(cluster)['cp-1'] ?? '';
    const configurationOf = patching('machine:\n  env:\n    PASSWORD: not-to-be-remembered\n');
    const flow = rollOutConfiguration({ ...fleet.options, configurationOf }, fleet.parts);
    const store = new PlainStore();
    const engine = fleet.process(flow as Flow<never, Json>, store);
    const ended = await fleet.turnUntil(engine.run(flow, { clusters: ['one'], name: 'x' }));
    expect(ended).toMatchObject({ state: 'done' });
    const text = JSON.stringify([[...store.flows], engine.told]);
    expect(text).not.toContain('not-to-be-remembered');
    const secrets = [...whole.matchAll(/(?:key|token|secret|crt|id): (\S{16,})/g)];
    expect(secrets.length).toBeGreaterThan(5);
    for (const [, secret] of secrets) expect(text).not.toContain(secret);
  });
});

describe('a node whose configuration is left by a process that dies', () => {
  const survives = async (
    mode: 'NO_REBOOT' | 'STAGED' | 'TRY',
    reboot: boolean,
    deathOf: (process: number) => Death | undefined,
  ) => {
    await using fleet = await SimulatedFleet.start(['one'], { controlPlanes: 1, workers: 2 });
    const cluster = fleet.cluster('one');
    const configurationOf = patching(appending);
    const flow = rollOutConfiguration({ ...fleet.options, configurationOf }, fleet.parts);
    const nodes = [cluster.node('worker-1').address];
    const input = { clusters: [{ context: 'one', nodes }], name: 'x', mode, reboot };
    const { ended, moments } = await runWithDeaths(fleet, flow, input, deathOf);
    const why = JSON.stringify([mode, deathOf(0), ended]);
    expect(ended.state, why).toBe('done');
    const text = configurations(cluster)['worker-1'] ?? '';
    expect(text.split('appended.example'), why).toHaveLength(2);
    const { boots, reboots, cordoned } = tracesOf(cluster)['worker-1'] ?? {};
    const times = reboot ? { boots: 2, reboots: 1 } : { boots: 1, reboots: 0 };
    expect({ boots, reboots, cordoned }, why).toEqual({ ...times, cordoned: false });
    return moments;
  };

  it.each(['NO_REBOOT', 'TRY'] as const)(
    'gets it once with the mode %s, at whichever moment',
    async (mode) => {
      const moments = await survives(mode, false, () => undefined);
      for (let moment = 1; moment <= moments; moment += 1) {
        await survives(mode, false, (process) => (process === 0 ? { moment } : undefined));
      }
    },
    120_000,
  );

  it.each([11, 13])(
    'gets it once and is rebooted once, when all processes die after %i moments',
    async (moment) => {
      await survives('STAGED', true, (process) => (process < 100 ? { moment } : undefined));
    },
    120_000,
  );
});
