import { ManualClock } from 'talos-client-testkit';
import { describe, expect, it } from 'vitest';
import { resources } from '../../generated/features/resources.js';
import { type TimeMethods, time, timeMethods } from '../../generated/features/time.js';
import type { CallOptions } from '../../src/runtime/call-options.js';
import type { Target } from '../../src/runtime/target.js';
import { toMs } from '../../src/runtime/time.js';
import { timeServerStatusKind } from '../../testkit/src/topics/cosi/kinds/network.js';
import { recordCoverage } from '../support/coverage.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
  tlsCluster,
} from '../support/feature-calls.js';

const covered = recordCoverage();

async function started() {
  const clock = new ManualClock();
  const cluster = covered(await tlsCluster({ workers: 1, clock }));
  const target = cluster.client().node('10.5.0.3');
  return { clock, cluster, node: cluster.node('worker-1'), target };
}

const names = Object.keys(timeMethods) as readonly (keyof TimeMethods)[];

function call(target: Target, name: keyof TimeMethods, options?: CallOptions) {
  const client = time(target);
  return name === 'get'
    ? client.get({}, options)
    : client.check({ server: 'time.google.com' }, options);
}

describe.each(names)('%s', (name) => {
  it('is refused to a role that only writes META', async () => {
    const { cluster } = await started();
    await expectRefused(call(cluster.client({ role: 'os:meta:writer' }).node('10.5.0.3'), name));
  });

  it('ends at the deadline of the caller', async () => {
    const { node, target } = await started();
    await expectDeadline(node, timeMethods[name], (options) => call(target, name, options));
  });

  it('ends when the caller gives up', async () => {
    const { node, target } = await started();
    await expectCancelled(node, timeMethods[name], (options) => call(target, name, options));
  });

  it('fails with the status that the node gives', async () => {
    const { node, target } = await started();
    const message = 'error querying NTP server: i/o timeout';
    node.fail(timeMethods[name], 'unknown', { message });
    expect(await failureOf(call(target, name))).toMatchObject({
      status: 'unknown',
      reason: message,
    });
  });
});

describe('get', () => {
  it('compares the clock of the node with the time server it uses', async () => {
    const { clock, target } = await started();
    const { server, localtime, remotetime } = await time(target).get();
    if (localtime === undefined || remotetime === undefined) throw new Error('a time is missing');
    expect(toMs(localtime)).toBe(clock.now());
    expect(Math.abs(toMs(remotetime) - toMs(localtime))).toBeLessThan(5);
    const { resource } = await resources(target).get({
      namespace: 'network',
      type: 'TimeServerStatuses.net.talos.dev',
      id: 'timeservers',
    });
    expect(resource?.spec?.yamlSpec).toContain(`- ${server}`);
  });

  it('asks the first server that the node uses', async () => {
    const { node, target } = await started();
    node.resources.put(timeServerStatusKind, 'timeservers', {
      timeServers: ['time.apple.com', 'time.google.com'],
      useNTS: false,
    });
    expect((await time(target).get()).server).toBe('time.apple.com');
  });
});

describe('check', () => {
  it('asks the server that the caller names, by name, by address or as a device', async () => {
    const { clock, target } = await started();
    for (const server of ['time.google.com', '169.254.169.123', '/dev/ptp0']) {
      const reply = await time(target).check({ server });
      expect(reply.server).toBe(server);
      expect(reply.localtime && toMs(reply.localtime)).toBe(clock.now());
    }
  });

  it('fails without a server', async () => {
    const { target } = await started();
    expect(await failureOf(time(target).check({ server: '' }))).toMatchObject({
      status: 'invalid-argument',
    });
  });

  it('fails for a name that nobody knows, and a device that is not there', async () => {
    const { target } = await started();
    for (const server of ['time.example.invalid', '/dev/ptp7']) {
      const error = await failureOf(time(target).check({ server }));
      expect(error).toMatchObject({ status: 'unknown' });
      expect(error.message).toContain(server);
    }
  });

  it('fails once an address has not answered for five seconds', async () => {
    const { clock, cluster, target } = await started();
    const failed = failureOf(time(target).check({ server: '192.0.2.1' }));
    await cluster.journal.waitFor(({ requests }) => requests === 1);
    await clock.advance(5_000);
    expect(await failed).toMatchObject({ status: 'unknown' });
    expect((await failed).message).toMatch(/192\.0\.2\.1:123: i\/o timeout/);
  });
});
