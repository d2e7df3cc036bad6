import { describe, expect, it } from 'vitest';
import { lifecycleMethods } from '../../../generated/features/lifecycle.js';
import type { Flow } from '../../../src/fleet/flow.js';
import { type UpgradeFleetInput, upgradeFleet } from '../../../src/fleet/index.js';
import type { Json } from '../../../src/fleet/json.js';
import { PlainStore } from '../support/plain-engine.js';
import { SimulatedFleet } from './support/fleet.js';

const image = 'ghcr.io/siderolabs/installer:v1.14.1';
const names = ['one', 'two', 'three', 'four'];

/** A fleet of clusters with one node, and a process that upgrades it. */
async function begin(input: Partial<UpgradeFleetInput> = {}) {
  const fleet = await SimulatedFleet.start(names);
  const flow = upgradeFleet(fleet.options, fleet.parts);
  const store = new PlainStore();
  const engine = fleet.process(flow as Flow<never, Json>, store);
  const ended = engine.run(flow, { clusters: names, image, ...input });
  ended.catch(() => {});
  /** The clusters that run the new release. */
  const upgraded = () =>
    names.filter((name) => fleet.cluster(name).node('cp-1').talosVersion === 'v1.14.1');
  /** Lets time pass until something holds, and then for a minute more. */
  const until = async (holds: () => boolean) => {
    while (!holds()) await fleet.clock.advance(250);
    await fleet.clock.advance(60_000);
  };
  return { fleet, engine, ended, upgraded, until, store };
}

const waits = (engine: Awaited<ReturnType<typeof begin>>['engine'], step: string) => () =>
  [...engine.rows.values()].some((row) => row.step === step && row.state === 'waiting');

describe('a fleet', () => {
  it('is taken in the order of its clusters, one at a time', async () => {
    const { fleet, ended } = await begin();
    const order: string[] = [];
    for (const name of names) {
      void fleet
        .cluster(name)
        .node('cp-1')
        .until(() => fleet.cluster(name).node('cp-1').stage === 'REBOOTING')
        .then(
          () => order.push(name),
          () => {},
        );
    }
    expect(await fleet.turnUntil(ended)).toMatchObject({ state: 'done' });
    expect(order).toEqual(names);
    await fleet[Symbol.asyncDispose]();
  });

  it('waits for the canary, then so long, then for an approval', async () => {
    const { fleet, engine, ended, upgraded, until } = await begin({
      canary: 1,
      soakMs: 3_600_000,
      approval: 'after canary',
      clustersAtOnce: 3,
    });
    await until(waits(engine, 'soak'));
    expect(upgraded()).toEqual(['one']);
    await until(waits(engine, 'approval'));
    expect(upgraded()).toEqual(['one']);
    engine.send('approval', true);
    expect(await fleet.turnUntil(ended)).toMatchObject({ state: 'done' });
    expect(upgraded()).toEqual(names);
    await fleet[Symbol.asyncDispose]();
  });

  it('ends when the others are not approved', async () => {
    const { fleet, engine, ended, upgraded, until } = await begin({
      canary: 2,
      approval: 'after canary',
    });
    await until(waits(engine, 'approval'));
    engine.send('approval', false);
    const end = await fleet.turnUntil(ended);
    expect(end).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('not approved') },
    });
    expect(upgraded()).toEqual(['one', 'two']);
    await fleet[Symbol.asyncDispose]();
  });

  it('ends with a canary that fails, whatever may fail later', async () => {
    const { fleet, ended, upgraded } = await begin({ canary: 1, maxFailures: 3 });
    fleet.cluster('one').registry.withdraw(image);
    const end = await fleet.turnUntil(ended);
    const { message } = (end as { error: { message: string } }).error;
    expect(message).toContain('1 failed: one: ');
    expect(message).toContain('; not begun: two, three, four');
    expect(upgraded()).toEqual([]);
    await fleet[Symbol.asyncDispose]();
  });

  it('goes on while no more clusters fail than may, and tells which did', async () => {
    const { fleet, ended } = await begin({ maxFailures: 1 });
    fleet.cluster('two').registry.withdraw(image);
    const end = await fleet.turnUntil(ended);
    expect(end).toMatchObject({
      state: 'done',
      output: {
        clusters: [
          { cluster: 'one', state: 'done', nodes: [{ state: 'upgraded' }] },
          { cluster: 'two', state: 'failed', error: { step: 'pull', node: '10.5.0.2' } },
          { cluster: 'three', state: 'done' },
          { cluster: 'four', state: 'done' },
        ],
      },
    });
    await fleet[Symbol.asyncDispose]();
  });

  it('begins no others after more failures than may be', async () => {
    const { fleet, ended, upgraded } = await begin({ maxFailures: 1 });
    for (const name of ['one', 'two']) fleet.cluster(name).registry.withdraw(image);
    const end = await fleet.turnUntil(ended);
    const { message } = (end as { error: { message: string } }).error;
    expect(message).toMatch(/2 failed: one: .*; two: .*; not begun: three, four/);
    expect(upgraded()).toEqual([]);
    await fleet[Symbol.asyncDispose]();
  });

  it('is held between nodes while it is paused', async () => {
    const { fleet, engine, ended, upgraded, until } = await begin();
    await until(() => upgraded().length > 0);
    engine.pause();
    const before = upgraded().length;
    await fleet.clock.advance(3_600_000);
    expect(upgraded().length).toBeLessThanOrEqual(before + 1);
    engine.continue();
    expect(await fleet.turnUntil(ended)).toMatchObject({ state: 'done' });
    expect(upgraded()).toEqual(names);
    await fleet[Symbol.asyncDispose]();
  });
});

describe('a run that is cancelled', () => {
  it('finishes the nodes that were begun, and begins no others', async () => {
    await using fleet = await SimulatedFleet.start(['one', 'two'], {
      controlPlanes: 1,
      workers: 3,
    });
    const flow = upgradeFleet(fleet.options, fleet.parts);
    const engine = fleet.process(flow as Flow<never, Json>);
    const ended = engine.run(flow, { clusters: ['one', 'two'], image, clustersAtOnce: 2 });
    const reboots = () => fleet.cluster('one').journal.of(lifecycleMethods.reboot, 'worker-1');
    while (reboots().length === 0) await fleet.clock.advance(100);
    engine.cancel();
    expect(await fleet.turnUntil(ended)).toMatchObject({
      state: 'failed',
      error: { reason: 'cancelled' },
    });
    for (const cluster of fleet.clusters.values()) {
      expect(cluster.node('worker-3').machine.boots).toBe(1);
      for (const { machine, talosVersion } of cluster.nodes) {
        expect(talosVersion).toBe(machine.boots === 2 ? 'v1.14.1' : 'v1.14.0');
      }
      expect(cluster.kubernetes.nodes.filter(({ unschedulable }) => unschedulable)).toEqual([]);
    }
    expect(fleet.cluster('one').node('worker-1').talosVersion).toBe('v1.14.1');
  });
});

describe('what is remembered of an upgrade', () => {
  it('has no key, token or secret of the clusters', async () => {
    await using fleet = await SimulatedFleet.start(['one'], { controlPlanes: 1, workers: 1 });
    const cluster = fleet.cluster('one');
    const flow = upgradeFleet(fleet.options, fleet.parts);
    const store = new PlainStore();
    const engine = fleet.process(flow as Flow<never, Json>, store);
    await fleet.turnUntil(engine.run(flow, { clusters: ['one'], image }));
    const text = JSON.stringify([[...store.flows], engine.told]);
    expect(text).toContain('10.5.0.3');
    expect(text).not.toMatch(/-----BEGIN|LS0tLS1CRUdJTi/);
    const config = cluster.machineConfig({ type: 'controlplane', installDisk: '/dev/sda' });
    const secrets = [...config.matchAll(/(?:key|token|secret|crt|id): (\S{16,})/g)].map(
      ([, value]) => value,
    );
    expect(secrets.length).toBeGreaterThan(5);
    for (const secret of secrets) expect(text).not.toContain(secret);
  });
});
