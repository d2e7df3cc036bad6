import { describe, expect, it } from 'vitest';
import { events, eventsMethods } from '../../generated/features/events.js';
import { lifecycle } from '../../generated/features/lifecycle.js';
import { type DecodedEvent, decodeEvent } from '../../src/events/index.js';
import { isXid } from '../../testkit/src/base/random.js';
import { events as ringOf } from '../../testkit/src/topics/events/events.js';
import { recordCoverage } from '../support/coverage.js';
import { expectRefused, failureOf, tlsCluster } from '../support/feature-calls.js';

const covered = recordCoverage();

async function started() {
  const cluster = covered(await tlsCluster({ workers: 1 }));
  const talos = cluster.client();
  return { cluster, node: cluster.node('worker-1'), target: talos.node('10.5.0.3') };
}

/** The first events of a stream, decoded; then it is left. */
async function first(
  stream: AsyncIterable<Parameters<typeof decodeEvent>[0]>,
  count: number,
): Promise<DecodedEvent[]> {
  const list: DecodedEvent[] = [];
  for await (const event of stream) {
    list.push(decodeEvent(event));
    if (list.length === count) break;
  }
  return list;
}

describe('watch', () => {
  it('greets first, and then tells what happens from now on', async () => {
    const { node, target } = await started();
    const stream = events(target).watch({ withActorId: 'mine' });
    const greeting = await stream.next();
    expect(greeting.value && decodeEvent(greeting.value)).toMatchObject({
      actorId: 'mine',
      payload: { case: 'hello' },
    });
    const ring = node.machine.state(ringOf);
    ring.emit({ case: 'task', value: { task: 'of somebody else' } }, 'theirs');
    ring.emit({ case: 'task', value: { task: 'mine', action: 'STOP' } }, 'mine');
    const next = await stream.next();
    expect(next.value && decodeEvent(next.value)).toMatchObject({
      actorId: 'mine',
      payload: { case: 'task', value: { task: 'mine', action: 'STOP' } },
    });
    await stream.return();
  });

  it('gives the last events by count, by id and by time, oldest first', async () => {
    const { node, target } = await started();
    const { kept } = node.machine.state(ringOf);
    const ids = kept.map(({ id }) => id);
    expect(ids.every(isXid)).toBe(true);
    expect([...ids].sort()).toEqual(ids);
    const client = events(target);
    const [, ...lastTwo] = await first(client.watch({ tailEvents: 2 }), 3);
    expect(lastTwo.map(({ id }) => id)).toEqual(ids.slice(-2));
    const [, ...after] = await first(client.watch({ tailId: `${ids.at(-4)}` }), 4);
    expect(after.map(({ id }) => id)).toEqual(ids.slice(-3));
    const [, oldest] = await first(client.watch({ tailEvents: -1 }), 2);
    expect(oldest?.id).toBe(ids[0]);
    const [, recent] = await first(client.watch({ tailSeconds: 7200 }), 2);
    expect(recent?.id).toBe(ids[0]);
  });

  it('is cancelled when the caller leaves the loop', async () => {
    const { cluster, target } = await started();
    await first(events(target).watch(), 1);
    await cluster.journal.waitFor(
      ({ rpc, outcome }) => rpc === eventsMethods.watch.path.slice(1) && outcome === 'cancelled',
    );
  });

  it('is refused to a role that only writes META', async () => {
    const { cluster } = await started();
    const client = events(cluster.client({ role: 'os:meta:writer' }));
    await expectRefused(client.watch().next());
  });

  it('fails when several tails are asked for, or the id is none', async () => {
    const { target } = await started();
    const client = events(target);
    const both = client.watch({ tailEvents: 1, tailSeconds: 1 });
    expect(await failureOf(both.next())).toMatchObject({ status: 'unknown' });
    const wrong = await failureOf(client.watch({ tailId: 'not an xid' }).next());
    expect(wrong).toMatchObject({ status: 'unknown' });
  });

  it('ends well when the node goes down, and knows nothing of the boot before', async () => {
    const { cluster, node, target } = await started();
    const before = new Set(node.machine.state(ringOf).kept.map(({ id }) => id));
    const client = events(target);
    const stream = client.watch();
    await stream.next();
    const { actorId } = await lifecycle(target).reboot({ mode: 'DEFAULT' });
    const seen: DecodedEvent[] = [];
    for await (const event of stream) seen.push(decodeEvent(event));
    const tasks = seen.flatMap(({ payload, actorId: actor }) =>
      payload.case === 'task' && actor === actorId ? [payload.value.task] : [],
    );
    expect(tasks).toContain('stopAllServices');
    await cluster.journal.waitFor(
      ({ rpc, outcome }) => rpc === eventsMethods.watch.path.slice(1) && outcome === 'ok',
    );
    await node.until(() => node.machine.boots === 2 && node.stage === 'RUNNING');
    const kept = node.machine.state(ringOf).kept;
    expect(kept.some(({ id }) => before.has(id))).toBe(false);
    const [, oldest] = await first(client.watch({ tailEvents: -1 }), 2);
    expect(oldest?.id).toBe(kept[0]?.id);
  });
});
