import { describe, expect, it } from 'vitest';
import { containers, containersMethods } from '../../generated/features/containers.js';
import type { LogsRequest } from '../../generated/features/logs.js';
import { type FollowLogsRequest, followLogs } from '../../src/follow/follow-logs.js';
import type { FollowedLine, FollowMark } from '../../src/follow/items.js';
import { ManualClock } from '../../testkit/src/base/time/clock.js';
import { quickParts } from '../support/quick-clock.js';
import { turningUntil } from '../support/time.js';
import { untilCall } from '../support/until-call.js';
import { startCluster } from '../testkit/support.js';
import { words } from './support.js';

const kubernetes = { namespace: 'k8s.io', driver: 'CRI' } as const;
const withoutInstance = (id: string) => id.replace(/:[^:]+$/, '');

/** A container of Kubernetes whose log is followed. */
async function followed(idOf = (id: string) => id) {
  const clock = new ManualClock();
  const cluster = await startCluster({ clock });
  const node = cluster.node('cp-1');
  const target = cluster.client().node(node.address);
  const parts = quickParts();
  const { containers: list } = await containers(target).list(kubernetes);
  const { id = '' } = list.find(({ name }) => name === 'kube-apiserver') ?? {};
  const request: FollowLogsRequest = { ...kubernetes, id: idOf(id) };
  const stream = followLogs(target, request, {}, parts);
  const items: (FollowedLine | FollowMark)[] = [];
  const ended = (async () => {
    for await (const item of stream) items.push(item);
  })();
  ended.catch(() => {});
  /** Resolves when the node sends what is written. */
  const open = () =>
    untilCall(cluster, ({ rpc, request, replies }) => {
      return rpc.endsWith('/Logs') && (request as LogsRequest).follow && replies > 0;
    });
  /** Has Kubernetes start the container anew, which takes a while. */
  const restart = async (ms = 5000) => {
    await containers(target).restart({ ...kubernetes, id });
    await clock.advance(ms);
  };
  /** What was told besides lines. */
  const marks = () => words(items.filter(({ type }) => type !== 'line'));
  return { clock, cluster, node, parts, stream, ended, open, restart, marks };
}

describe('the log of a container that is named with its whole id', () => {
  it.each([
    ['has ended', 100],
    ['was replaced by another one', 5000],
  ])('ends in order when the container %s and its log is silent', async (_, ms) => {
    const { open, restart, parts, ended, marks } = await followed();
    await open();
    await restart(ms);
    await parts.clock.turnUntil(ended, 60_000);
    expect(marks()).toEqual(['connected']);
  });

  it('ends in order when the node has no such log any more', async () => {
    const { open, restart, node, ended, marks } = await followed();
    await open();
    await restart();
    node.machine.dropConnections();
    await ended;
    expect(marks()).toEqual(['connected', 'disconnected']);
  });

  it('ends in order after a reboot, once the container runtime is there and says so', async () => {
    const { open, clock, node, ended, marks } = await followed();
    await open();
    node.kill();
    node.powerOn();
    await turningUntil(ended, () => clock.advance(1000));
    expect(marks().filter((text) => text !== 'disconnected')).toEqual(['connected', 'rebooted']);
  });

  it('goes on while it is silent, and while the node does not say what containers it has', async () => {
    const { open, cluster, node, restart, parts, ended, marks } = await followed();
    await open();
    const silences = async (count: number) => {
      const asked = () => cluster.journal.of(containersMethods.list).length;
      const before = asked();
      while (asked() < before + count) {
        parts.clock.turn(60_000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await silences(3);
    const release = node.fail(containersMethods.list, 'unknown');
    await restart();
    await silences(3);
    expect(marks()).toEqual(['connected']);
    release();
    await parts.clock.turnUntil(ended, 60_000);
    expect(marks()).toEqual(['connected']);
  });

  it('that was never there is an error, as that of any log', async () => {
    const { ended } = await followed((id) => `${withoutInstance(id)}:0123456789ab`);
    await expect(ended).rejects.toThrow('not found');
  });
});

it('without the last part of its id, the log of the next container is followed', async () => {
  const { open, restart, node, stream, ended, marks } = await followed(withoutInstance);
  await open();
  await restart();
  node.machine.dropConnections();
  while (marks().length < 4) await new Promise((resolve) => setImmediate(resolve));
  expect(marks()).toEqual(['connected', 'disconnected', 'connected', 'gap overwritten']);
  await stream.return();
  await ended;
});
