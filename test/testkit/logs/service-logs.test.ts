import { describe, expect, it } from 'vitest';
import { logs as logsOf } from '../../../generated/features/logs.js';
import { text } from '../../../src/runtime/streams/collect.js';
import { lines } from '../../../src/runtime/streams/lines.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { Log } from '../../../testkit/src/topics/logs/log.js';
import { logs } from '../../../testkit/src/topics/logs/logs.js';
import { services } from '../../../testkit/src/topics/services/services.js';
import { startCluster } from '../support.js';

async function started() {
  const clock = new ManualClock();
  const cluster = await startCluster({ workers: 1, clock });
  const node = cluster.node('worker-1');
  const client = logsOf(cluster.client().node(node.address));
  const read = (id: string, tailLines = -1) =>
    text(client.logs({ namespace: 'system', id, tailLines }));
  return { clock, cluster, node, client, read, state: node.machine.state(logs) };
}

// Talos: the logs of services are kept in memory, and followed there.
describe('the log of a service', () => {
  it('keeps the last mebibyte', async () => {
    const { read, state } = await started();
    const line = `${'x'.repeat(1023)}\n`;
    for (let written = 0; written < 1_100; written++) state.write('apid', Buffer.from(line));
    expect(await read('apid')).toBe(line.repeat(1_024));
  });

  it('takes bytes as they are, without a line break', async () => {
    const { read, state } = await started();
    state.write('apid', 'a line');
    state.write('apid', Buffer.from([0xff, 0x41]));
    expect(await read('apid', 2)).toBe('a line\n\ufffdA');
  });

  it('grows while the service runs, the same whoever looks and however often', async () => {
    const [watched, left] = [await started(), await started()];
    for (let minute = 0; minute < 10; minute++) {
      await watched.clock.advance(60_000);
      await watched.read('kubelet');
    }
    await left.clock.advance(600_000);
    const whole = await left.read('kubelet');
    expect(whole).toBe(await watched.read('kubelet'));
    expect(whole.length).toBeGreaterThan(0);
  });

  it('tells the end and the beginning when the service is restarted', async () => {
    const { clock, node, read } = await started();
    const before = (await read('apid')).length;
    node.machine.state(services).restartService('apid');
    await clock.advance(60_000);
    const news = (await read('apid')).slice(before);
    expect(news).toMatch(/shutting down: terminated.*starting apid/s);
  });

  it('is not there before the service has run', async () => {
    const { clock, node, client } = await started();
    const fresh = await startCluster({ maintenance: true });
    const { ids } = await logsOf(fresh.client({ endpoint: 'cp-1' })).containers();
    expect(ids).toContain('apid');
    expect(ids).not.toContain('kubelet');
    expect((await client.containers()).ids).toContain('kubelet');
    // And begins anew with the boot.
    node.machine.state(logs).write('apid', 'of the boot before');
    node.kill();
    node.powerOn();
    await clock.advance(60_000);
    const after = await text(client.logs({ namespace: 'system', id: 'apid', tailLines: -1 }));
    expect(after).not.toContain('of the boot before');
    expect(after).toContain('starting apid');
  });
});

describe('followers of a log', () => {
  it('all get what is written, and leave no timer behind', async () => {
    const { clock, client, state } = await started();
    const request = { namespace: 'system', id: 'kubelet', tailLines: 1, follow: true };
    const timers = clock.pending;
    const followers = [1, 2].map(() => lines(client.logs(request)));
    await Promise.all(followers.map((follower) => follower.next()));
    const news = followers.map((follower) => follower.next());
    await clock.advance(0);
    expect(clock.pending).toBeGreaterThan(timers);
    state.write('kubelet', 'for all of you');
    expect((await Promise.all(news)).map(({ value }) => value)).toEqual([
      'for all of you',
      'for all of you',
    ]);
    await followers[0]?.return();
    const last = followers[1]?.next();
    state.write('kubelet', 'for the one who stayed');
    expect((await last)?.value).toBe('for the one who stayed');
    await followers[1]?.return();
    await clock.advance(0);
    expect(clock.pending).toBe(timers);
  });

  it('get lines when they are due, with nobody asking', async () => {
    const { clock, client, read } = await started();
    const follower = lines(
      client.logs({ namespace: 'system', id: 'apid', tailLines: 1, follow: true }),
    );
    await follower.next();
    const seen: string[] = [];
    for (let line = 0; line < 3; line++) {
      const next = follower.next();
      let due = false;
      next.then(() => {
        due = true;
      });
      for (let second = 0; second < 600 && !due; second++) await clock.advance(1_000);
      seen.push((await next).value ?? '');
    }
    expect(await read('apid', 3)).toBe(`${seen.join('\n')}\n`);
    await follower.return();
  });

  it('lose their call when the node loses its power', async () => {
    const { node, client } = await started();
    const follower = lines(
      client.logs({ namespace: 'system', id: 'apid', tailLines: 1, follow: true }),
    );
    await follower.next();
    const next = expect(follower.next()).rejects.toMatchObject({ status: 'unavailable' });
    node.kill();
    await next;
  });
});

it('a log without a program that fills it has what was written', async () => {
  const { node } = await started();
  const log = new Log(node.machine);
  log.write('one');
  expect(log.content.toString()).toBe('one\n');
});
