import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiskStat } from '../../../generated/messages/system.js';
import { Random } from '../../../testkit/src/base/random.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { counterOf, Wave } from '../../../testkit/src/base/time/wave.js';
import { cpuFrequenciesOf, systemStatOf } from '../../../testkit/src/topics/hardware/cpu.js';
import { diskStatsOf } from '../../../testkit/src/topics/hardware/disk-stats.js';
import { loadOf } from '../../../testkit/src/topics/hardware/load.js';
import { memInfoOf } from '../../../testkit/src/topics/hardware/memory.js';
import { startCluster } from '../support.js';

const DAY_MS = 86_400_000;

async function started(seed = 1) {
  const clock = new ManualClock();
  const cluster = await startCluster({ workers: 1, clock, seed });
  const { machine } = cluster.node('cp-1');
  return { clock, cluster, machine, node: cluster.node('cp-1') };
}

// Linux: counters in /proc rise from 0 with each boot.
describe('how busy something is', () => {
  const seeds = fc.integer();
  const seconds = fc.double({ min: 0, max: 1e7, noNaN: true });

  it('stays above 0 and around 1', () => {
    fc.assert(
      fc.property(seeds, seconds, (seed, at) => {
        const value = new Wave(new Random(seed)).at(at);
        expect(value).toBeGreaterThan(0.34);
        expect(value).toBeLessThan(1.66);
      }),
    );
  });

  it('sums up to counters that begin at 0, never fall, and grow by 1 a second', () => {
    fc.assert(
      fc.property(seeds, seconds, seconds, (seed, one, other) => {
        const wave = new Wave(new Random(seed));
        const [early, late] = one < other ? [one, other] : [other, one];
        expect(wave.sum(0)).toBeCloseTo(0);
        expect(wave.sum(late)).toBeGreaterThanOrEqual(wave.sum(early));
        expect(Math.abs(wave.sum(late) - late)).toBeLessThan(1_000);
      }),
    );
  });
});

describe('the counters of a node', () => {
  it('are the same however often one looks, and others for another seed', async () => {
    const [one, two, other] = [await started(), await started(), await started(2)];
    for (let hour = 0; hour < 5; hour++) {
      await one.clock.advance(3_600_000);
      systemStatOf(one.machine);
    }
    for (const { clock } of [two, other]) await clock.advance(5 * 3_600_000);
    expect(systemStatOf(one.machine)).toEqual(systemStatOf(two.machine));
    expect(systemStatOf(one.machine)).not.toEqual(systemStatOf(other.machine));
  });

  it('begin at 0 with each boot', async () => {
    const { clock, machine, node } = await started();
    expect(counterOf(machine, 'something', 10)).toBeGreaterThan(30_000n);
    node.kill();
    node.powerOn();
    await clock.advance(1_000);
    expect(counterOf(machine, 'something', 10)).toBeLessThan(30n);
    const { bootTime, cpuTotal } = systemStatOf(machine);
    expect(bootTime).toBe(BigInt(Math.floor(machine.bootedAt / 1000)));
    expect(cpuTotal?.idle).toBeLessThan(5);
  });

  it('never fall, in a day of looking every ten minutes', async () => {
    const { clock, machine } = await started();
    const counters = () => {
      const { cpuTotal, contextSwitches, processCreated, irqTotal, softIrqTotal } =
        systemStatOf(machine);
      const { total } = diskStatsOf(machine);
      return [
        cpuTotal?.user,
        cpuTotal?.system,
        cpuTotal?.idle,
        contextSwitches,
        processCreated,
        irqTotal,
        softIrqTotal,
        total?.readCompleted,
        total?.writeSectors,
        total?.ioTimeMs,
      ].map(Number);
    };
    let before = counters();
    for (let at = 0; at < DAY_MS; at += 600_000) {
      await clock.advance(600_000);
      const after = counters();
      for (const [index, count] of after.entries())
        expect(count).toBeGreaterThanOrEqual(before[index] ?? Number.NaN);
      before = after;
    }
  });

  it('give a load, processors and memory within what the machine has', async () => {
    const { clock, machine } = await started();
    for (let hour = 0; hour < 48; hour++) {
      await clock.advance(1_800_000);
      for (const average of Object.values(loadOf(machine))) {
        expect(average).toBeGreaterThan(0);
        expect(average).toBeLessThan(4);
      }
      for (const frequency of cpuFrequenciesOf(machine)) {
        const { currentFrequency, minimumFrequency, maximumFrequency } = frequency;
        expect(currentFrequency).toBeGreaterThanOrEqual(Number(minimumFrequency));
        expect(currentFrequency).toBeLessThanOrEqual(Number(maximumFrequency));
      }
      const { memtotal, memfree, memavailable, anonpages, cached, buffers, slab } =
        memInfoOf(machine);
      expect(memfree).toBeGreaterThan(0n);
      expect(memavailable).toBeLessThan(memtotal);
      expect(memfree + anonpages + cached + buffers + slab).toBeLessThanOrEqual(memtotal);
    }
  });
});

describe('the disks of a node', () => {
  const numbers = ({ name: _, ...counts }: DiskStat) => Object.entries(counts);

  it('count for themselves; the total is the sum of all rows, as Talos makes it', async () => {
    const { machine } = await started();
    const { devices, total } = diskStatsOf(machine);
    if (total === undefined) throw new Error('there is no total');
    for (const [name, count] of numbers(total)) {
      const field = name as Exclude<keyof DiskStat, 'name'>;
      expect(devices.reduce((sum, device) => sum + device[field], 0n)).toBe(count);
    }
  });

  it('have done at least what their partitions have', async () => {
    const { clock, machine } = await started();
    await clock.advance(DAY_MS);
    const { devices } = diskStatsOf(machine);
    const of = (name: string) => devices.find((device) => device.name === name) as DiskStat;
    for (const [name, count] of numbers(of('sda'))) {
      const field = name as Exclude<keyof DiskStat, 'name'>;
      expect(count).toBeGreaterThanOrEqual(of('sda4')[field]);
    }
  });

  it('have no partitions before Talos is installed', async () => {
    const cluster = await startCluster({ maintenance: true });
    const { devices } = diskStatsOf(cluster.node('cp-1').machine);
    expect(devices.map(({ name }) => name)).toEqual(['loop0', 'sda', 'sdb']);
  });
});
