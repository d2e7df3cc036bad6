import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventsMethods } from '../../generated/features/events.js';
import { lifecycle } from '../../generated/features/lifecycle.js';
import { type FollowEventsRequest, followEvents } from '../../src/follow/follow-events.js';
import type { FollowedEvent, FollowMark } from '../../src/follow/items.js';
import type { FollowOptions } from '../../src/follow/options.js';
import type { TalosClient } from '../../src/runtime/client.js';
import type { TalosStream } from '../../src/runtime/stream.js';
import { type SimulatedCluster, simulateCluster } from '../../testkit/src/cluster/cluster.js';
import type { SimulatedNode } from '../../testkit/src/cluster/node.js';
import { failureOf } from '../support/feature-calls.js';
import { quickParts } from '../support/quick-clock.js';
import { until } from './support.js';

let cluster: SimulatedCluster;
let node: SimulatedNode;
let client: TalosClient;

beforeEach(async () => {
  cluster = await simulateCluster({ workers: 1 });
  node = cluster.node('worker-1');
  client = cluster.client();
});

afterEach(() => cluster.close());

const parts = quickParts();

function follow(request: FollowEventsRequest = {}, options: FollowOptions = {}) {
  return followEvents(client.node(node.address), request, options, parts);
}

function emit(...tasks: string[]): void {
  for (const task of tasks) node.events.emit({ case: 'task', value: { task } });
}

type Events = TalosStream<FollowedEvent | FollowMark>;

/** The tasks until one has come, and the types of the other items. */
async function untilTask(stream: Events, task: string): Promise<string[]> {
  const items = await until(stream, (item) => taskOf(item) === task);
  return items.map((item) => taskOf(item) ?? item.type).filter((text) => text !== 'event');
}

function taskOf(item: FollowedEvent | FollowMark): string | undefined {
  const payload = item.type === 'event' ? item.event.payload : undefined;
  return payload?.case === 'task' ? payload.value.task : undefined;
}

const connected = (stream: Events) => until(stream, ({ type }) => type === 'connected');

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `task ${from + index}`);

describe('followEvents', () => {
  it('gives what happens after it is connected, decoded', async () => {
    emit('early');
    await using stream = follow();
    expect(await connected(stream)).toEqual([{ type: 'connected', bootId: node.bootId }]);
    emit('one', 'two');
    expect(await untilTask(stream, 'two')).toEqual(['one', 'two']);
  });

  it('begins where it is asked to', async () => {
    emit('a', 'b', 'c');
    const ids = node.events.kept.map(({ id }) => id);
    await using last = follow({ tailEvents: 2 });
    expect(await untilTask(last, 'c')).toEqual(['connected', 'b', 'c']);
    await using after = follow({ tailId: ids.at(-3) as string });
    expect(await untilTask(after, 'c')).toEqual(['connected', 'b', 'c']);
    await using recent = follow({ tailSeconds: 60 });
    expect(await untilTask(recent, 'c')).toEqual(['connected', 'a', 'b', 'c']);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'loses nothing and repeats nothing when it breaks off after %i replies',
    async (replies) => {
      node.drop(eventsMethods.watch, { when: { replies }, times: 2 });
      await using stream = follow();
      await connected(stream);
      const seen: string[] = [];
      for (let index = 1; index <= 8; index++) {
        emit(`task ${index}`);
        seen.push(...(await untilTask(stream, `task ${index}`)));
      }
      expect(seen.filter((text) => text.startsWith('task'))).toEqual(numbered(1, 8));
      expect(seen).not.toContain('gap');
    },
  );

  it('goes on with what happened while the connection was lost, also before any event', async () => {
    await using stream = follow();
    await connected(stream);
    node.machine.dropConnections();
    emit('one');
    expect(await untilTask(stream, 'one')).toEqual(['disconnected', 'connected', 'one']);
  });

  it('tells a gap when the node no longer has what came next', async () => {
    await using stream = follow();
    await connected(stream);
    emit('one', 'two');
    await untilTask(stream, 'two');
    node.disconnect();
    emit(...numbered(1, 1500));
    node.connect();
    const seen = (await untilTask(stream, 'task 1500')).filter((text) => text !== 'disconnected');
    expect(seen.slice(0, 2)).toEqual(['connected', 'gap']);
    expect(seen.slice(2)).toEqual(numbered(1500 - (seen.length - 3), 1500));
  });

  it('tells a reboot, and gives all events of the new boot', async () => {
    await using stream = follow();
    await connected(stream);
    emit('one');
    await untilTask(stream, 'one');
    const before = node.bootId;
    node.kill();
    node.powerOn();
    await node.until(() => node.machine.isApiUp);
    emit('two');
    const all = () => node.events.kept.map(({ id }) => id);
    const reboot = (await until(stream, ({ type }) => type === 'rebooted')).at(-1);
    expect(reboot).toEqual({ type: 'rebooted', before, bootId: node.bootId });
    const rest = await until(stream, (item) => taskOf(item) === 'two');
    const ids = rest.flatMap((item) => (item.type === 'event' ? [item.event.id] : []));
    expect(ids).toEqual(all().slice(0, ids.length));
    expect(ids.length).toBeGreaterThan(1);
  });

  it('gives the events of the new boot even if the clock of the node was set back', async () => {
    await using stream = follow();
    await connected(stream);
    emit('one');
    await untilTask(stream, 'one');
    node.kill();
    node.powerOn();
    await node.until(() => node.machine.isApiUp);
    // As if the ids of this boot were lower: the node is asked for all, and not for later ones.
    await until(stream, ({ type }) => type === 'connected');
    const request = cluster.journal.of(eventsMethods.watch).at(-1)?.request;
    expect(request).toMatchObject({ tailEvents: -1, tailId: '' });
  });

  it('of an action gives only its events, also after a loss', async () => {
    await using stream = follow({ actorId: 'mine' });
    await connected(stream);
    const own = (task: string) => node.events.emit({ case: 'task', value: { task } }, 'mine');
    own('one');
    emit('of others');
    own('two');
    expect(await untilTask(stream, 'two')).toEqual(['one', 'two']);
    node.machine.dropConnections();
    emit('of others');
    own('three');
    expect(await untilTask(stream, 'three')).toEqual(['disconnected', 'connected', 'three']);
  });

  it('goes on when a reader was too slow for the node, and tells the gap', async () => {
    await using stream = follow();
    await connected(stream);
    emit('one', 'two');
    await untilTask(stream, 'two');
    emit(...numbered(1, 3000));
    const seen = await untilTask(stream, 'task 3000');
    const tasks = seen.filter((text) => text.startsWith('task'));
    expect(new Set(tasks).size).toBe(tasks.length);
    expect(seen.includes('gap')).toBe(tasks.length < 3000);
  });

  it('sees a reboot from the request to the end through one loop', async () => {
    const target = client.node(node.address);
    const told: string[] = [];
    for await (const item of follow()) {
      if (item.type === 'connected' && told.length === 0) {
        await lifecycle(target).reboot({ mode: 'DEFAULT' });
      }
      if (item.type !== 'event') told.push(item.type);
      if (item.type !== 'event' || item.event.payload.case !== 'machineStatus') continue;
      const { stage, status } = item.event.payload.value;
      if (told.includes('rebooted') && stage === 'RUNNING' && status?.ready) break;
    }
    // A node that goes down may still take calls, and end them at once.
    const marks = told.filter((text) => text !== 'disconnected');
    expect(marks.filter((text) => text === 'rebooted')).toHaveLength(1);
    expect([marks[0], ...marks.slice(-2)]).toEqual(['connected', 'rebooted', 'connected']);
  });

  it('ends with its signal, and refuses what cannot be followed', async () => {
    const controller = new AbortController();
    const stream = follow({}, { signal: controller.signal });
    await connected(stream);
    const next = stream.next();
    controller.abort(new Error('enough'));
    await expect(next).rejects.toThrow('enough');
    expect(() => follow({ tailEvents: 1, tailSeconds: 1 })).toThrow('give one of tailEvents');
    expect(() => followEvents(client)).toThrow('followEvents needs a named node');
    expect(await failureOf(follow({ tailId: 'no xid' }).next())).toMatchObject({
      status: 'unknown',
    });
  });
});
