import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logsMethods } from '../../generated/features/logs.js';
import { followKernelLog } from '../../src/follow/follow-kernel-log.js';
import { type SimulatedCluster, simulateCluster } from '../../testkit/src/cluster/cluster.js';
import type { SimulatedNode } from '../../testkit/src/cluster/node.js';
import { dmesg, formatRecord } from '../../testkit/src/topics/logs/dmesg.js';
import { quickParts } from '../support/quick-clock.js';
import { untilCall } from '../support/until-call.js';
import { until, words } from './support.js';

let cluster: SimulatedCluster;
let node: SimulatedNode;

beforeEach(async () => {
  cluster = await simulateCluster({ workers: 1 });
  node = cluster.node('worker-1');
});

afterEach(() => cluster.close());

const parts = quickParts();

function follow(tail?: number) {
  return followKernelLog(cluster.client().node(node.address), { tail }, {}, parts);
}

/** The texts until a record has come. */
async function untilRecord(stream: ReturnType<typeof follow>, text: string): Promise<string[]> {
  const items = await until(stream, (item) => words([item])[0] === text);
  return words(items);
}

describe('followKernelLog', () => {
  it('gives what the kernel has said, and what it says', async () => {
    await using stream = follow();
    node.kernelLog.write('one');
    const seen = await untilRecord(stream, 'one');
    expect(seen.length).toBeGreaterThan(10);
    expect(seen[1]).toMatch(/^Linux version/);
    node.kernelLog.write('two');
    expect(await untilRecord(stream, 'two')).toEqual(['two']);
  });

  it.each([0, 1, 2, 3, 4])(
    'loses nothing and repeats nothing when it breaks off after %i replies',
    async (replies) => {
      node.kernelLog.write('line 0');
      node.drop(logsMethods.dmesg, { when: { replies }, times: 2 });
      await using stream = follow(1);
      const seen: string[] = [];
      for (let index = 0; index < 8; index++) {
        if (index > 0) node.kernelLog.write(`line ${index}`);
        seen.push(...(await untilRecord(stream, `line ${index}`)));
        if (index === 4) node.machine.dropConnections();
      }
      const records = seen.filter((text) => text.startsWith('line'));
      expect(records).toEqual(Array.from({ length: 8 }, (_, index) => `line ${index}`));
      expect(seen.join()).not.toContain('gap');
    },
  );

  it('knows the records again although each reading takes the boot to be at another moment', async () => {
    let readings = 0;
    node.on(logsMethods.dmesg, async function* ({ signal }, { follow: follows }) {
      readings += 1;
      const shift = readings * 137.25;
      const print = (record: Parameters<typeof formatRecord>[0]) =>
        Buffer.from(formatRecord({ ...record, at: record.at + shift }));
      const log = node.machine.state(dmesg);
      for (const record of log.records) yield print(record);
      if (!follows) return;
      for await (const record of log.follow(true, signal)) yield print(record);
    });
    node.kernelLog.write('usb 1-1: reset');
    node.kernelLog.write('usb 1-1: reset');
    await using stream = follow();
    const all = await untilRecord(stream, 'usb 1-1: reset');
    expect(all.slice(-1)).toEqual(['usb 1-1: reset']);
    expect(await untilRecord(stream, 'usb 1-1: reset')).toHaveLength(1);
    const next = stream.next();
    await untilCall(cluster, ({ rpc, replies }) => rpc.endsWith('/Dmesg') && replies > 10);
    node.machine.dropConnections();
    node.kernelLog.write('usb 1-1: reset');
    expect((await next).value).toMatchObject({ type: 'disconnected' });
    expect(await untilRecord(stream, 'usb 1-1: reset')).toEqual(['connected', 'usb 1-1: reset']);
  });

  it('tells a reboot, and gives all records of the new boot', async () => {
    await using stream = follow(0);
    node.kernelLog.write('one');
    await until(stream, ({ type }) => type === 'connected');
    node.kill();
    node.powerOn();
    await node.until(() => node.machine.isApiUp);
    node.kernelLog.write('after');
    const seen = await untilRecord(stream, 'after');
    const boot = seen.indexOf('rebooted');
    expect(boot).toBeGreaterThanOrEqual(0);
    expect(seen.slice(boot + 1, boot + 3)).toEqual([
      'connected',
      expect.stringMatching(/^Linux version/),
    ]);
  });
});
