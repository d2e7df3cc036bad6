import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lifecycle } from '../../generated/features/lifecycle.js';
import { type LogsRequest, logsMethods } from '../../generated/features/logs.js';
import { resourcesMethods } from '../../generated/features/resources.js';
import {
  type FollowLogsOptions,
  type FollowLogsRequest,
  followLogs,
} from '../../src/follow/follow-logs.js';
import type { FollowedLine, FollowMark } from '../../src/follow/items.js';
import type { TalosClient } from '../../src/runtime/client.js';
import type { TalosStream } from '../../src/runtime/stream.js';
import { type SimulatedCluster, simulateCluster } from '../../testkit/src/cluster/cluster.js';
import type { SimulatedNode } from '../../testkit/src/cluster/node.js';
import { failureOf } from '../support/feature-calls.js';
import { quickParts } from '../support/quick-clock.js';
import { untilCall } from '../support/until-call.js';
import { until, words } from './support.js';

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

function follow(request: Partial<FollowLogsRequest> = {}, options: FollowLogsOptions = {}) {
  return followLogs(client.node(node.address), { id: 'mine', ...request }, options, parts);
}

function write(...lines: string[]): void {
  for (const line of lines) node.logs.write('mine', line);
}

type LogStream = Pick<TalosStream<FollowedLine | FollowMark>, 'next'>;

/** The stream once the node sends it what comes: it has read what was there. */
async function following(stream: LogStream): Promise<LogStream> {
  let first: ReturnType<LogStream['next']> | undefined = stream.next();
  await untilCall(cluster, ({ rpc, request, replies }) => {
    return rpc.endsWith('/Logs') && (request as LogsRequest).follow && replies > 0;
  });
  return {
    next() {
      const next = first ?? stream.next();
      first = undefined;
      return next;
    },
  };
}

/** The texts until a line has come. */
async function untilLine(stream: LogStream, line: string) {
  return words(await until(stream, (item) => item.type === 'line' && item.line === line));
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);

describe('followLogs', () => {
  it('gives the lines there are, and those that come', async () => {
    write('one', 'two');
    await using stream = follow();
    expect(await untilLine(stream, 'two')).toEqual(['connected', 'one', 'two']);
    write('three');
    expect(await untilLine(stream, 'three')).toEqual(['three']);
  });

  it('begins with as many of the last lines as were asked for', async () => {
    write('one', 'two', 'three');
    await using some = follow({ tailLines: 2 });
    expect(await untilLine(some, 'three')).toEqual(['connected', 'two', 'three']);
    await using none = follow({ tailLines: 0 });
    expect(words(await until(none, ({ type }) => type === 'connected'))).toEqual(['connected']);
    write('four');
    expect(await untilLine(none, 'four')).toEqual(['four']);
    node.machine.dropConnections();
    write('five');
    expect(await untilLine(none, 'five')).toEqual(['disconnected', 'connected', 'five']);
  });

  it('gives lines that come in pieces when they are whole, also across a loss', async () => {
    write('one');
    await using stream = follow();
    await untilLine(stream, 'one');
    let open = await following(stream);
    node.logs.write('mine', Buffer.from('tw'));
    node.machine.dropConnections();
    expect(words(await until(open, ({ type }) => type === 'connected'))).toEqual([
      'disconnected',
      'connected',
    ]);
    open = await following(stream);
    node.logs.write('mine', Buffer.from('o\nthr'));
    node.logs.write('mine', Buffer.from('ee\n'));
    expect(await untilLine(open, 'three')).toEqual(['two', 'three']);
  });

  it.each([0, 1, 2, 3, 4, 5, 6])(
    'loses nothing and repeats nothing when the log breaks off after %i replies',
    async (replies) => {
      write(...numbered(1, 3));
      node.drop(logsMethods.logs, { when: { replies }, times: 2 });
      await using stream = follow();
      const seen: string[] = [];
      for (let index = 4; index <= 12; index++) {
        write(`line ${index}`);
        seen.push(...(await untilLine(stream, `line ${index}`)));
      }
      expect(seen.filter((text) => text.startsWith('line'))).toEqual(numbered(1, 12));
      expect(seen).not.toContain('gap overwritten');
    },
  );

  it('finds its place although much more was written than is asked for first', async () => {
    write(...numbered(1, 5));
    await using stream = follow();
    await untilLine(stream, 'line 5');
    node.disconnect();
    write(...numbered(6, 3000));
    node.connect();
    const seen = await untilLine(stream, 'line 3000');
    expect(seen.slice(-2995)).toEqual(numbered(6, 3000));
    expect(seen).not.toContain('gap overwritten');
  });

  it('tells a gap when the node no longer has what came next, and goes on with what it has', async () => {
    write('first');
    await using stream = follow();
    await untilLine(stream, 'first');
    node.disconnect();
    const long = 'x'.repeat(1000);
    write(...numbered(1, 2000).map((line) => `${line} ${long}`), 'last');
    node.connect();
    const seen = (await untilLine(stream, 'last')).filter((text) => text !== 'disconnected');
    expect(seen.slice(0, 2)).toEqual(['connected', 'gap overwritten']);
    // What the node still has is all there, in order.
    const numbers = seen.slice(2, -1).map((text) => Number(text.split(' ')[1]));
    expect(numbers.at(-1)).toBe(2000);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] as number) + index));
  });

  it('tells that it cannot know its place in a log that only repeats itself', async () => {
    const ticks = Array.from({ length: 1500 }, () => 'tick');
    write(...ticks);
    await using stream = follow();
    let left = ticks.length;
    const seen = await until(stream, ({ type }) => {
      if (type === 'line') left -= 1;
      return left === 0;
    });
    expect(words(seen)).toEqual(['connected', ...ticks]);
    const open = await following(stream);
    node.machine.dropConnections();
    expect(words(await until(open, ({ type }) => type === 'gap'))).toEqual([
      'disconnected',
      'connected',
      'gap ambiguous',
    ]);
  });

  it('tells a reboot, waits for the log to be there again, and gives all lines of the new boot', async () => {
    write('before');
    await using stream = follow();
    await untilLine(stream, 'before');
    const before = node.bootId;
    node.kill();
    node.powerOn();
    await node.until(() => node.machine.isApiUp);
    const items = await until(stream, ({ type }) => type === 'rebooted');
    expect(items.at(-1)).toEqual({ type: 'rebooted', before, bootId: node.bootId });
    // Nobody has written the log of this boot.
    const [waiting] = await until(stream, ({ type }) => type === 'disconnected');
    expect(waiting).toMatchObject({
      error: { status: 'unknown', reason: 'log "mine" was not registered' },
    });
    write('before', 'after');
    const seen = (await untilLine(stream, 'after')).filter((text) => text !== 'disconnected');
    expect(seen).toEqual(['connected', 'before', 'after']);
  });

  it('gives the last lines before the node goes down in order', async () => {
    write('one');
    await using stream = follow();
    await untilLine(stream, 'one');
    const open = await following(stream);
    await lifecycle(client.node(node.address)).reboot({ mode: 'DEFAULT' });
    write('goodbye');
    expect(await untilLine(open, 'goodbye')).toEqual(['goodbye']);
    expect(words(await until(open, ({ type }) => type === 'rebooted'))).toEqual(
      expect.arrayContaining(['disconnected', 'rebooted']),
    );
  });

  it('goes on where the node does not tell its boot, and tells a gap after a reboot', async () => {
    node.fail(resourcesMethods.get, 'permission-denied');
    const reader = cluster.client({ role: 'os:reader' });
    write('one');
    await using stream = followLogs(reader.node(node.address), { id: 'mine' }, {}, parts);
    const [connected] = await until(stream, ({ type }) => type === 'line');
    expect(connected).toEqual({ type: 'connected', bootId: undefined });
    const open = await following(stream);
    node.machine.dropConnections();
    write('two');
    expect(await untilLine(open, 'two')).toEqual(['disconnected', 'connected', 'two']);
    node.kill();
    node.powerOn();
    await node.until(() => node.machine.isApiUp);
    write('three');
    const seen = (await untilLine(stream, 'three')).filter((text) => text !== 'disconnected');
    expect(seen).toEqual(['connected', 'gap overwritten', 'three']);
  });

  it('waits for a log that was never there only when asked to', async () => {
    expect(await failureOf(follow().next())).toMatchObject({
      status: 'unknown',
      reason: 'log "mine" was not registered',
    });
    await using stream = follow({}, { waitForLog: true });
    expect((await stream.next()).value).toMatchObject({ type: 'disconnected' });
    write('one');
    expect((await untilLine(stream, 'one')).slice(-2)).toEqual(['connected', 'one']);
  });

  it('ends with what the node refuses, whatever it waits for', async () => {
    const options = { waitForLog: true };
    expect(await failureOf(follow({ namespace: '' }, options).next())).toMatchObject({
      status: 'invalid-argument',
    });
  });

  it('ends at once with its signal, and when it is left', async () => {
    write('one');
    const controller = new AbortController();
    const stream = follow({}, { signal: controller.signal });
    await untilLine(stream, 'one');
    const open = await following(stream);
    controller.abort(new Error('enough'));
    await expect(open.next()).rejects.toThrow('enough');
    const other = follow();
    await untilLine(other, 'one');
    const next = (await following(other)).next();
    await other.return();
    expect(await next).toEqual({ done: true, value: undefined });
    const ended = () =>
      cluster.journal.of(logsMethods.logs).filter(({ outcome }) => outcome === 'cancelled').length;
    await cluster.journal.waitFor(() => ended() === 2);
  });

  it('follows many nodes through merge', async () => {
    write('of the worker');
    cluster.node('cp-1').logs.write('mine', 'of the control plane');
    const all = client.nodes().merge((one) => followLogs(one, { id: 'mine' }, {}, parts));
    const seen: string[] = [];
    for await (const { node: from, value } of all) {
      if (value.type === 'line') seen.push(`${from} ${value.line}`);
      if (seen.length === 2) break;
    }
    expect(seen.sort()).toEqual(['10.5.0.2 of the control plane', '10.5.0.3 of the worker']);
  });

  it('refuses what names no log, and a client in the place of a node', () => {
    const target = client.node(node.address);
    expect(() => followLogs(target, {} as FollowLogsRequest)).toThrow('followLogs: id: name the');
    expect(() => followLogs(target, { id: 'a', tail: 1 } as never)).toThrow(
      'followLogs: tail: there is no such option',
    );
    expect(() => followLogs(client, { id: 'kubelet' })).toThrow('followLogs needs a named node');
  });
});
