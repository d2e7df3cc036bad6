import { expect, it } from 'vitest';
import type { Carrier } from './carriers.js';
import { chaos } from './chaos.js';
import { dead } from './dead.js';

// `npm run test:chaos` makes many more calls, and has a deadline for them.
it.each(['grpc-js', 'http2'] as const)(
  'through endpoints that fail, reads are answered, and no call that acts runs twice, over %s',
  async (carrier) => {
    const report = await chaos({
      carrier,
      calls: 1500,
      workers: 16,
      timeoutMs: 30_000,
      pauseMs: [50, 200],
      faultMs: [50, 200],
      seed: 1,
    });
    expect(report.wrong).toEqual([]);
    // Fewer than one in a hundred: a machine that is busy may be late for all of them.
    expect(report.readsFailed).toBeLessThan(12);
    expect(report.reads).toBe(1200);
    expect(report.actsDone + report.actsUnknown).toBe(300);
    expect(Object.keys(report.faults).length).toBeGreaterThan(0);
  },
);

it.each<Carrier>(['grpc-js', 'http2'])(
  'a cluster of which no node can be reached gets hardly more than its callers make, over %s',
  async (carrier) => {
    const { calls, attempts, ratio } = await dead(600, 32, carrier);
    expect(attempts).toBeGreaterThanOrEqual(calls);
    expect(ratio).toBeLessThanOrEqual(1.1);
  },
);
