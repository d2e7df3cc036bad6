import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { queryTime } from '../../../testkit/src/topics/system/time.js';
import { startCluster } from '../support.js';

async function started() {
  const clock = new ManualClock();
  const cluster = await startCluster({ workers: 1, clock });
  const { machine } = cluster.node('cp-1');
  const { signal } = new AbortController();
  return { clock, cluster, machine, query: (server: string) => queryTime(machine, server, signal) };
}

// Talos: Time and TimeCheck ask a time server, or a clock device.
describe('a time server', () => {
  it.each(['time.cloudflare.com', 'time2.google.com', 'pool.ntp.org', '0.de.pool.ntp.org'])(
    '%s is off by the same few milliseconds each time',
    async (server) => {
      const { clock, query } = await started();
      const first = await query(server);
      await clock.advance(3_600_000);
      const second = await query(server);
      expect(second.local - first.local).toBe(3_600_000);
      expect(second.remote - second.local).toBeCloseTo(first.remote - first.local, 2);
      expect(Math.abs(first.remote - first.local)).toBeLessThanOrEqual(4);
    },
  );

  it('is off by another bit from each node and for each server', async () => {
    const { cluster, machine, query } = await started();
    const offset = ({ local, remote }: { local: number; remote: number }) => remote - local;
    const other = cluster.node('worker-1').machine;
    const { signal } = new AbortController();
    const here = offset(await query('time.google.com'));
    expect(offset(await query('time.apple.com'))).not.toBe(here);
    expect(offset(await queryTime(other, 'time.google.com', signal))).not.toBe(here);
    expect(offset(await queryTime(machine, 'time.google.com', signal))).toBe(here);
  });

  it('that is not reached is waited for five seconds, as long as somebody does', async () => {
    const { clock, machine, query } = await started();
    for (const server of ['192.0.2.1', '2001:db8::1']) {
      let over = false;
      const failed = query(server).finally(() => {
        over = true;
      });
      failed.catch(() => {});
      await clock.advance(4_999);
      expect(over).toBe(false);
      await clock.advance(1);
      await expect(failed).rejects.toThrow('i/o timeout');
    }
    const timers = clock.pending;
    const caller = new AbortController();
    const left = expect(queryTime(machine, '192.0.2.1', caller.signal)).rejects.toThrow('enough');
    caller.abort(new Error('waited enough'));
    await left;
    expect(clock.pending).toBe(timers);
  });

  it('is nobody under a name that is not known', async () => {
    const { query } = await started();
    for (const server of ['localhost', 'time.example', 'pool.ntp.org.example', 'xpool.ntp.org'])
      await expect(query(server)).rejects.toThrow(`lookup ${server} `);
  });
});

describe('a clock device', () => {
  it('is closer than a server in the network', async () => {
    const { query } = await started();
    const { local, remote } = await query('/dev/ptp0');
    expect(Math.abs(remote - local)).toBeLessThanOrEqual(0.02);
  });

  it('that is not there fails', async () => {
    const { query } = await started();
    await expect(query('/dev/ptp1')).rejects.toThrow('/dev/ptp1: no such file or directory');
  });
});
