import { describe, expect, it } from 'vitest';
import { lifecycle } from '../../../generated/features/lifecycle.js';
import { logs as logsOf } from '../../../generated/features/logs.js';
import { collect, text } from '../../../src/runtime/streams/collect.js';
import { records } from '../../../src/runtime/streams/lines.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { events } from '../../../testkit/src/topics/events/events.js';
import { dmesg, formatRecord } from '../../../testkit/src/topics/logs/dmesg.js';
import { startCluster } from '../support.js';

async function started(seed = 1) {
  const clock = new ManualClock();
  const cluster = await startCluster({ workers: 1, clock, seed });
  const node = cluster.node('worker-1');
  const target = cluster.client().node(node.address);
  return { clock, cluster, node, target, client: logsOf(target) };
}

describe('the log of the kernel', () => {
  it('begins with the boot and goes on with what Talos does, in the order of time', async () => {
    const { node } = await started();
    const { records: list } = node.machine.state(dmesg);
    expect(list[0]?.at).toBe(node.machine.bootedAt);
    const kernel = list.filter(({ facility }) => facility === 'kern');
    for (const [index, { at }] of kernel.entries()) {
      expect(at).toBeGreaterThanOrEqual(kernel[index - 1]?.at ?? 0);
    }
    const talos = list.filter(({ facility }) => facility === 'user');
    expect(talos.map(({ text: line }) => line).join('')).toContain('[talos] boot sequence: done');
  });

  it('is the same for the same seed, and another for another node or seed', async () => {
    const of = async (seed: number, name: string) => {
      const { cluster } = await started(seed);
      const { machine } = cluster.node(name);
      return machine.state(dmesg).records.map(formatRecord).join('');
    };
    expect(await of(1, 'worker-1')).toBe(await of(1, 'worker-1'));
    expect(await of(1, 'worker-1')).not.toBe(await of(1, 'cp-1'));
    expect(await of(1, 'worker-1')).not.toBe(await of(2, 'worker-1'));
  });

  it('keeps the last 4096 records', async () => {
    const { node, client } = await started();
    const state = node.machine.state(dmesg);
    for (let record = 1; record <= 5_000; record++) state.write(`record ${record}`);
    const list = await collect(records(client.dmesg()));
    expect(list).toHaveLength(4_096);
    expect(list[0]).toMatch(/record 905$/);
    expect(list.at(-1)).toMatch(/record 5000$/);
  });

  it('has events as they happen, at their time', async () => {
    const { clock, node } = await started();
    const state = node.machine.state(dmesg);
    await clock.advance(1_000);
    node.machine
      .state(events)
      .emit({ case: 'task', value: { task: 'cordonAndDrainNode', action: 'START' } });
    expect(state.records.at(-1)).toEqual({
      facility: 'user',
      priority: 'warning',
      at: clock.now(),
      text: '[talos] task cordonAndDrainNode: starting\n',
    });
  });

  // Talos opens the kernel's log at its end for `tail`, and only `follow` waits there for more.
  it('gives nothing for tail without follow', async () => {
    const { client } = await started();
    expect(await collect(client.dmesg({ tail: true }))).toEqual([]);
  });

  it('is served as the log `kernel`, too', async () => {
    const { node, client } = await started();
    node.machine.state(dmesg).write('last words');
    const kernel = await text(client.logs({ namespace: 'system', id: 'kernel', tailLines: -1 }));
    expect(kernel).toBe(await text(client.dmesg()));
    expect(kernel).toContain('last words');
  });

  it('ends its followers well when the node stops, and is another after the boot', async () => {
    const { clock, node, target, client } = await started();
    node.machine.state(dmesg).write('of the boot before');
    const seen: string[] = [];
    const over = (async () => {
      for await (const record of records(client.dmesg({ follow: true, tail: true })))
        seen.push(record);
    })();
    await clock.advance(0);
    await lifecycle(target).reboot({ mode: 'DEFAULT' });
    await clock.advance(60_000);
    await over;
    expect(seen.join('\n')).toContain('[talos] reboot sequence: starting');
    const after = await text(client.dmesg());
    expect(node.machine.boots).toBe(2);
    expect(after).toContain('Linux version');
    expect(after).not.toContain('of the boot before');
    expect(after).not.toContain('reboot sequence');
  });
});
