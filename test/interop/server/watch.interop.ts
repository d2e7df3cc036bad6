import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Member, type MemberSpec } from '../../../generated/cosi/kinds/cluster.js';
import { MachineStatus } from '../../../generated/cosi/kinds/runtime.js';
import { cosi, type WatchEvent } from '../../../src/cosi/index.js';
import { followEvents } from '../../../src/follow/index.js';
import type { TalosClient } from '../../../src/runtime/client.js';
import type { TalosStream } from '../../../src/runtime/stream.js';
import type { TalosNode } from '../../../src/runtime/target.js';
import { GoCluster } from '../support/go-cluster.js';

let cluster: GoCluster;
let talos: TalosClient;
let node: TalosNode;

beforeAll(async () => {
  cluster = await GoCluster.start();
  talos = await cluster.client({ backoff: { firstMs: 10, maxMs: 50 } });
  node = talos.node('10.5.0.3'); // cp-2, through cp-1
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const reconnect = { firstMs: 20, maxMs: 100 };

/** What the events of a watch amount to. */
class Replay {
  readonly members = new Map<string, string>();
  readonly marks: string[] = [];
  /** The versions of each member, in the order in which they were told. */
  readonly versions = new Map<string, number[]>();

  take(event: WatchEvent<MemberSpec>): void {
    if (!('resource' in event)) {
      this.marks.push(event.type === 'relisting' ? event.reason : event.type);
      return;
    }
    const { id, version } = event.resource.metadata;
    if (event.type === 'destroyed') this.members.delete(id);
    else this.members.set(id, event.resource.spec.hostname);
    this.versions.set(id, [...(this.versions.get(id) ?? []), Number(version)]);
  }

  async until(stream: TalosStream<WatchEvent<MemberSpec>>, holds: () => boolean): Promise<void> {
    while (!holds()) {
      const { value } = await stream.next();
      if (value === undefined) throw new Error('the watch ended');
      this.take(value);
    }
  }
}

/** The members as a list of the node shows them. */
async function listed(): Promise<Map<string, string>> {
  const all = await cosi(node).list(Member);
  return new Map(all.map(({ metadata, spec }) => [metadata.id, spec.hostname]));
}

describe('a watch of the official state', () => {
  test('goes on where it stood, each time its endpoint goes away', async () => {
    await using stream = cosi(node).watch(Member, { reconnect });
    const replay = new Replay();
    await replay.until(stream, () => replay.marks.includes('synced'));
    // A young history lets a watch go on only within the last few changes: it is filled first.
    await cluster.crowd('cp-2', 1100);
    await replay.until(stream, () => replay.members.size === 4 + 1100);
    await cluster.setMember('cp-2', 'filled', 'now');
    await replay.until(stream, () => replay.members.has('filled'));
    // Which may be too fast for a reader while the history is short.
    replay.marks.length = 0;
    for (let round = 1; round <= 10; round++) {
      await cluster.setMember('cp-2', 'changing', `${round} before`);
      await cluster.stop('cp-1');
      for (let index = 1; index <= 5; index++) {
        await cluster.setMember('cp-2', 'changing', `${round} down ${index}`);
      }
      await cluster.serve('cp-1');
      await cluster.setMember('cp-2', 'changing', `${round} after`);
      await replay.until(stream, () => replay.members.get('changing') === `${round} after`);
    }
    // Each version came once, in order.
    expect(replay.versions.get('changing')).toEqual(Array.from({ length: 70 }, (_, at) => at + 1));
    expect(replay.marks.filter((mark) => mark === 'resumed').length).toBeGreaterThanOrEqual(10);
    expect(replay.marks).not.toContain('synced');
    expect(replay.members).toEqual(await listed());
  });

  test('reads all again when the history is gone, and ends with the same state', async () => {
    await using stream = cosi(node).watch(Member, { reconnect });
    const replay = new Replay();
    await replay.until(stream, () => replay.marks.includes('synced'));
    await cluster.setMember('cp-2', 'going', 'there');
    await replay.until(stream, () => replay.members.has('going'));
    await cluster.stop('cp-1');
    await cluster.removeMember('cp-2', 'going');
    for (let index = 0; index < 1100; index++) {
      await cluster.setMember('cp-2', `many-${index % 3}`, `${index}`);
    }
    await cluster.serve('cp-1');
    await replay.until(stream, () => replay.marks.filter((mark) => mark === 'synced').length === 2);
    expect(replay.marks).toContain('history-lost');
    expect(replay.members.has('going')).toBe(false);
    expect(replay.members).toEqual(await listed());
  });

  test('of one resource tells it once, and its changes', async () => {
    await using stream = cosi(node).watch(Member, { id: 'single', reconnect });
    const replay = new Replay();
    await replay.until(stream, () => replay.marks.includes('synced'));
    expect(replay.members.size).toBe(0);
    await cluster.setMember('cp-2', 'single', 'one');
    await replay.until(stream, () => replay.members.get('single') === 'one');
    await cluster.stop('cp-1');
    await cluster.setMember('cp-2', 'single', 'two');
    await cluster.serve('cp-1');
    await replay.until(stream, () => replay.members.get('single') === 'two');
    expect(replay.versions.get('single')).toEqual([1, 2]);
  });

  test('of a part by a pattern of ids sees only that', async () => {
    await using stream = cosi(node).watch(Member, { idPattern: '^part-', reconnect });
    const replay = new Replay();
    await replay.until(stream, () => replay.marks.includes('synced'));
    await cluster.setMember('cp-2', 'other', 'x');
    await cluster.setMember('cp-2', 'part-1', 'one');
    await replay.until(stream, () => replay.members.size === 1);
    expect([...replay.members.keys()]).toEqual(['part-1']);
  });

  test('of a kind that the node does not have ends with the nearest kinds', async () => {
    const stream = cosi(node).watch({ ...Member, type: 'Membres.cluster.talos.dev' });
    await expect(stream.next()).rejects.toMatchObject({
      status: 'unimplemented',
      hint: expect.stringContaining('Members.cluster.talos.dev'),
    });
  });
});

describe('a store of the official state', () => {
  test('is shared, stale while the endpoint is away, and current again', async () => {
    await using store = cosi(node).store(Member, { reconnect });
    await using same = cosi(talos.node('10.5.0.3')).store(Member);
    await Promise.all([store.ready, same.ready]);
    expect(new Map(store.list().map(({ metadata, spec }) => [metadata.id, spec.hostname]))).toEqual(
      await listed(),
    );
    const changes = same.changes();
    await cluster.stop('cp-1');
    for await (const { type } of changes) if (type === 'disconnected') break;
    expect([store.stale, same.stale]).toEqual([true, true]);
    const wait = store.waitFor('stored', (member) => member?.spec.hostname === 'one');
    await cluster.setMember('cp-2', 'stored', 'one');
    await cluster.serve('cp-1');
    expect((await wait)?.metadata.version).toBe('1');
    expect(same.get('stored')).toBe(store.get('stored'));
  });

  test('waits for a state that is there already', async () => {
    const found = await cosi(node).waitFor(
      MachineStatus,
      'machine',
      (machine) => machine?.spec.stage === 'running',
    );
    expect(found?.spec.status).toMatchObject({ ready: false });
  });
});

test('events of a node go on by their ids when the endpoint goes away', async () => {
  const stages: unknown[] = [];
  const marks: string[] = [];
  const stream = followEvents(node, { tailEvents: 1 }, { reconnect });
  const until = async (count: number) => {
    while (stages.length < count) {
      const { value } = await stream.next();
      if (value?.type !== 'event') marks.push(value?.type ?? 'end');
      else if (value.event.payload.case === 'machineStatus') {
        stages.push(value.event.payload.value.stage);
      }
    }
  };
  await until(1);
  await cluster.publishStage('cp-2', 'REBOOTING', true);
  await until(2);
  await cluster.stop('cp-1');
  await cluster.publishStage('cp-2', 'BOOTING', false);
  await cluster.publishStage('cp-2', 'RUNNING', true);
  await cluster.serve('cp-1');
  await until(4);
  await stream.return();
  expect(stages).toEqual(['RUNNING', 'REBOOTING', 'BOOTING', 'RUNNING']);
  expect(marks).not.toContain('gap');
  expect(marks.filter((mark) => mark === 'connected')).toHaveLength(2);
});
