import { describe, expect, it } from 'vitest';
import { etcd, etcdMethods } from '../../../generated/features/etcd.js';
import { logs, logsMethods } from '../../../generated/features/logs.js';
import { services, servicesMethods } from '../../../generated/features/services.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import { Journal, journalEntry } from '../../../testkit/src/base/calls/journal.js';
import { ManualClock } from '../../../testkit/src/base/time/clock.js';
import { failure, startCluster, transports } from '../support.js';

function entry(path: string) {
  return journalEntry({ path, endpoint: 'cp-1' }, 'cp-1', [], 0);
}

describe.each(transports)('the journal of a cluster, over %s', (transport) => {
  it('tells node, endpoint, RPC, request, roles, outcome and time of each call', async () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 2));
    const cluster = await startCluster({ controlPlanes: 2, clock, transport });
    cluster.node('cp-2').on(servicesMethods.start, () => ({ resp: 'started' }));
    const talos = cluster.client({ role: 'os:operator', endpoint: 'cp-1' });
    await services(talos.node('10.5.0.3')).start({ id: 'ext-iscsid' });
    expect(cluster.journal.calls).toEqual([
      {
        node: 'cp-2',
        endpoint: 'cp-1',
        rpc: 'machine.MachineService/ServiceStart',
        request: { id: 'ext-iscsid' },
        requests: 1,
        replies: 1,
        roles: ['os:operator'],
        outcome: 'ok',
        at: Date.UTC(2026, 0, 2),
      },
    ]);
  });

  it('has calls that were refused, by the node that refused them', async () => {
    const cluster = await startCluster({ workers: 1, transport });
    const talos = cluster.client({ role: 'os:reader' });
    await failure(etcd(talos).defragment({}));
    await failure(system(cluster.client({ endpoint: 'worker-1' }).node('10.5.0.2')).hostname());
    expect(cluster.journal.calls).toMatchObject([
      { node: 'cp-1', endpoint: 'cp-1', request: {}, outcome: 'permission-denied' },
      { node: 'worker-1', endpoint: 'worker-1', outcome: 'permission-denied' },
    ]);
  });

  it('counts the requests of an upload', async () => {
    const cluster = await startCluster({ transport });
    cluster.node('cp-1').on(etcdMethods.recover, async (_ctx, chunks) => {
      for await (const _ of chunks) {
        // Counted on the way.
      }
    });
    await etcd(cluster.client()).recover([Buffer.of(1), Buffer.of(2), Buffer.of(3)]);
    expect(cluster.journal.of(etcdMethods.recover)).toMatchObject([
      { requests: 3, request: Buffer.of(1), outcome: 'ok' },
    ]);
  });

  it('counts the replies of a stream, of one that is left early, too', async () => {
    const cluster = await startCluster({ transport });
    const { journal } = cluster;
    cluster.node('cp-1').on(logsMethods.logs, async function* ({ signal }, { follow }) {
      yield Buffer.alloc(1024);
      yield Buffer.alloc(1);
      if (follow) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    const client = logs(cluster.client());
    const request = { namespace: 'system', id: 'apid', tailLines: -1 };
    for await (const _ of client.logs(request)) {
      // All of them.
    }
    const stream = client.logs({ ...request, follow: true });
    for (const _ of [1, 2]) await stream.next();
    await stream.return();
    await journal.waitFor(({ outcome }) => outcome === 'cancelled');
    expect(journal.of(logsMethods.logs)).toMatchObject([
      { replies: 2, outcome: 'ok' },
      { replies: 2, outcome: 'cancelled' },
    ]);
    await failure(services(cluster.client()).start({ id: 'nobody' }));
    expect(journal.of(servicesMethods.start)).toMatchObject([{ replies: 0, outcome: 'unknown' }]);
  });

  it('shows a call when its faults are settled: what is changed then is for the next one', async () => {
    const cluster = await startCluster({ transport });
    const node = cluster.node('cp-1');
    const talos = cluster.client({ retry: false });
    const path = systemMethods.hostname.path.slice(1);
    const came = () => cluster.journal.waitFor(({ rpc, outcome }) => rpc === path && !outcome);
    node.fail(systemMethods.hostname, 'resource-exhausted');
    const first = failure(system(talos).hostname());
    await came();
    node.restore();
    expect(await first).toMatchObject({ status: 'resource-exhausted' });
    cluster.journal.clear();
    const second = system(talos).hostname();
    await came();
    node.fail(systemMethods.hostname, 'resource-exhausted');
    expect(await second).toMatchObject({ hostname: 'cp-1' });
  });

  it('selects by method, with the type of its requests, and by node', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    for (const node of cluster.nodes) node.on(servicesMethods.stop, () => ({}));
    const talos = cluster.client();
    await services(talos.node('10.5.0.2')).stop({ id: 'a' });
    await services(talos.node('10.5.0.3')).stop({ id: 'b' });
    await system(talos).hostname();
    const ids: (string | undefined)[] = cluster.journal
      .of(servicesMethods.stop)
      .map(({ request }) => request?.id);
    expect(ids).toEqual(['a', 'b']);
    expect(cluster.journal.of(servicesMethods.stop, 'cp-2')).toHaveLength(1);
    cluster.journal.clear();
    expect(cluster.journal.of(systemMethods.hostname)).toEqual([]);
  });
});

describe('a journal', () => {
  it('tells those who wait about calls that are there, and that come or change', async () => {
    const journal = new Journal();
    const first = journal.add(entry('/a/One'));
    expect(await journal.waitFor(({ rpc }) => rpc === 'a/One')).toBe(first);
    const coming = journal.waitFor(({ rpc }) => rpc === 'a/Two');
    const second = journal.add(entry('/a/Two'));
    journal.changed();
    expect(await coming).toBe(second);
    const ending = journal.waitFor(({ outcome }) => outcome === 'ok');
    second.outcome = 'ok';
    journal.changed();
    expect(await ending).toBe(second);
  });

  it('lets those who wait give up', async () => {
    const journal = new Journal();
    const controller = new AbortController();
    const waiting = journal.waitFor(() => false, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(journal.waitFor(() => false, AbortSignal.abort('late'))).rejects.toBe('late');
  });

  it('keeps the newest calls', () => {
    const journal = new Journal(100);
    for (let call = 0; call < 1000; call++) journal.add(entry(`/a/${call}`));
    const { calls } = journal;
    expect(calls.length).toBeGreaterThanOrEqual(100);
    expect(calls.length).toBeLessThanOrEqual(125);
    expect(calls.at(-1)).toMatchObject({ rpc: 'a/999' });
    expect([...journal]).toEqual(calls);
  });
});
