import { describe, expect, it } from 'vitest';
import { busyShare, Samples } from '../../../examples/console/samples.js';
import type { CPUStat, Memory, SystemStat } from '../../../generated/features/system.js';

/** Counters of a kernel that was booted at `bootTime`. */
function stat(cpu: Partial<CPUStat>, bootTime = 1_000n): SystemStat {
  return { bootTime, cpuTotal: { ...zero, ...cpu } } as SystemStat;
}

const zero: CPUStat = {
  user: 0,
  nice: 0,
  system: 0,
  idle: 0,
  iowait: 0,
  irq: 0,
  softIrq: 0,
  steal: 0,
  guest: 0,
  guestNice: 0,
};

describe('the share of the time in which processors work', () => {
  it('is that between two readings', () => {
    const before = stat({ user: 10, idle: 90 });
    const now = stat({ user: 12, system: 1, idle: 96, iowait: 1 });
    expect(busyShare(before, now)).toBeCloseTo(0.3);
  });

  it('counts the time of guests once', () => {
    expect(busyShare(stat({}), stat({ user: 5, guest: 5, idle: 5 }))).toBeCloseTo(0.5);
  });

  it.each([
    ['of a first reading', undefined, stat({ idle: 5 })],
    ['of two boots', stat({ idle: 5 }), stat({ idle: 9 }, 1_060n)],
    ['of counters that were set back', stat({ idle: 50 }), stat({ idle: 9 })],
    ['of no time at all', stat({ idle: 5 }), stat({ idle: 5 })],
  ])('is not known %s', (_, before, now) => {
    expect(busyShare(before, now)).toBeUndefined();
  });

  it('is known although the time of the boot moved a little', () => {
    const [before, now] = [stat({ idle: 5 }), stat({ idle: 6, user: 1 }, 1_001n)];
    expect(busyShare(before, now)).toBeCloseTo(0.5);
  });
});

describe('the samples of a node', () => {
  const memory = { meminfo: { memtotal: 8n, memavailable: 6n } } as Memory;

  it('have no share across a gap', () => {
    const samples = new Samples();
    samples.add(0, stat({ idle: 5 }), memory);
    expect(samples.addGap(1)).toEqual({ at: 1 });
    expect(samples.add(2, stat({ idle: 9 }), memory)).toEqual({
      at: 2,
      memoryUsed: 2048,
      memoryTotal: 8192,
    });
    expect(samples.add(3, stat({ idle: 10, user: 1 }), memory)).toMatchObject({ cpu: 0.5 });
  });

  it('are the last ones', () => {
    const samples = new Samples();
    for (let at = 0; at < 1_000; at += 1) samples.addGap(at);
    expect(samples.list).toHaveLength(150);
    expect(samples.list.at(-1)?.at).toBe(999);
  });
});
