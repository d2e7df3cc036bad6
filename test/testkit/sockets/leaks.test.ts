import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { logs, logsMethods } from '../../../generated/features/logs.js';
import { system } from '../../../generated/features/system.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import { failure, startCluster, transports } from '../support.js';

/** Milliseconds for a thousand of each, on a machine that has other work to do too. */
const LONG = 300_000;

const program = 'test/testkit/sockets/leak-program.ts';

describe('clusters and clients that were closed', () => {
  it.each([
    ['memory', 1000, 1000],
    ['tls', 1000, 1000],
  ])(
    'over %s leave no socket, timer or listener: %i and %i',
    { timeout: LONG },
    async (...args) => {
      // That it ends by itself is half of the proof.
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [
        ...['--import', 'tsx', program],
        ...args.map(String),
      ]);
      expect(JSON.parse(stdout)).toEqual({ resources: [], added: false });
      expect(stderr).toBe('');
    },
  );
});

describe.each(transports)('a closed cluster over %s', (transport) => {
  it('has no timer left', async () => {
    const clock = new ManualClock();
    const cluster = await simulateCluster({ workers: 2, clock, transport });
    cluster.node('cp-1').delay(logsMethods.dmesg, 60_000);
    const talos = cluster.client({ timeoutMs: 1000 });
    await system(talos).hostname();
    const call = failure(logs(talos).dmesg().next());
    await cluster.journal.waitFor(({ rpc, requests }) => rpc.endsWith('Dmesg') && requests === 1);
    expect(clock.pending).toBeGreaterThan(0);
    await cluster.close();
    expect(await call).toMatchObject({ code: 'closed' });
    expect(clock.pending).toBe(0);
  });

  it('has no timer left of calls that ended', async () => {
    const clock = new ManualClock();
    const cluster = await startCluster({ clock, transport });
    const talos = cluster.client({ timeoutMs: 1000 });
    await system(talos).hostname();
    const pending = clock.pending;
    for (let call = 0; call < 20; call++) await system(talos).hostname();
    expect(clock.pending).toBe(pending);
  });
});
