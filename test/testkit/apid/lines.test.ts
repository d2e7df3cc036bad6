import { describe, expect, it } from 'vitest';
import { logs, logsMethods } from '../../../generated/features/logs.js';
import { system, systemMethods } from '../../../generated/features/system.js';
import type { SimulatedCluster } from '../../../testkit/src/cluster/cluster.js';
import { failure, startCluster, transports } from '../support.js';

/** Records that come when they are told to. */
class Records {
  readonly #queue: string[] = [];
  #wake = () => {};

  write(record: string): void {
    this.#queue.push(record);
    this.#wake();
  }

  async *read(): AsyncGenerator<Uint8Array, never, undefined> {
    for (;;) {
      const record = this.#queue.shift();
      if (record !== undefined) yield Buffer.from(record);
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

/** A stream from cp-2 that cp-1 passes on, after its first record. */
async function followed(cluster: SimulatedCluster) {
  const records = new Records();
  cluster.node('cp-2').on(logsMethods.dmesg, () => records.read());
  const talos = cluster.client({ endpoint: 'cp-1' });
  const stream = logs(talos.node('10.5.0.3')).dmesg({ follow: true })[Symbol.asyncIterator]();
  records.write('first');
  await stream.next();
  return { records, stream, next: () => stream.next().then(({ value }) => text(value)) };
}

function text(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString();
}

// Talos: apid holds the connections to other nodes; what it passes on lasts as long as they do.
describe.each(transports)('a call that was passed on, over %s', (transport) => {
  it.each(['kill', 'disconnect'] as const)(
    'is lost with the node that passed it on: %s',
    async (end) => {
      const cluster = await startCluster({ controlPlanes: 2, transport });
      const { next } = await followed(cluster);
      const failed = failure(next());
      cluster.node('cp-1')[end]();
      expect(await failed).toMatchObject({ code: 'rpc', status: 'unavailable' });
      await cluster.journal.waitFor(({ outcome }) => outcome === 'lost' || outcome === 'cancelled');
    },
  );

  it.each(['kill', 'disconnect'] as const)(
    'fails with the node that served it: %s',
    async (end) => {
      const cluster = await startCluster({ controlPlanes: 2, transport });
      const { next } = await followed(cluster);
      const failed = failure(next());
      cluster.node('cp-2')[end]();
      expect(await failed).toMatchObject({
        status: 'unavailable',
        reason: 'error reading from server: EOF',
      });
    },
  );

  it('is lost to many nodes with the node that passed it on', async () => {
    const cluster = await startCluster({ controlPlanes: 3, transport });
    for (const node of cluster.nodes) node.stall(systemMethods.hostname);
    const talos = cluster.client({ endpoint: 'cp-1' });
    const failed = failure(
      system(talos).hostname({}, { metadata: { nodes: ['10.5.0.3', '10.5.0.4'] } }),
    );
    await cluster.journal.waitFor(() => cluster.journal.calls.length === 2);
    cluster.node('cp-1').kill();
    expect(await failed).toMatchObject({ status: 'unavailable' });
  });
});

// TCP: while packets are lost, both ends of a connection hear nothing; then they are sent again.
describe.each(transports)('a partition in the middle of a call, over %s', (transport) => {
  it('keeps back what is on the way until it is healed', async () => {
    const cluster = await startCluster({ controlPlanes: 3, transport });
    const { records, next } = await followed(cluster);
    cluster.partition(['cp-1'], ['cp-2']);
    records.write('second');
    let heard = false;
    const second = next().finally(() => {
      heard = true;
    });
    // The others still talk to each other, so this is longer than the record would have taken.
    await system(cluster.client({ endpoint: 'cp-1' }).node('10.5.0.4')).hostname();
    expect(heard).toBe(false);
    cluster.heal();
    expect(await second).toBe('second');
  });

  it('leaves a caller with its deadline, and with what it does at silence', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const release: (() => void)[] = [];
    cluster
      .node('cp-2')
      .on(
        systemMethods.hostname,
        () => new Promise((resolve) => release.push(() => resolve({ hostname: 'late' }))),
      );
    const talos = cluster.client({ endpoint: 'cp-1' });
    const call = failure(system(talos.node('10.5.0.3')).hostname({}, { timeoutMs: 300 }));
    await cluster.journal.waitFor(({ requests }) => requests === 1);
    cluster.partition(['cp-1'], ['cp-2']);
    for (const answer of release) answer();
    expect(await call).toMatchObject({ status: 'deadline-exceeded' });
  });

  it('holds nobody up who leaves', async () => {
    const cluster = await startCluster({ controlPlanes: 2, transport });
    const { stream, records } = await followed(cluster);
    cluster.partition(['cp-1'], ['cp-2']);
    records.write('unheard');
    // Nobody waits for a line when the caller has gone.
    await stream.return?.();
    await cluster.journal.waitFor(({ outcome }) => outcome === 'cancelled');
  });
});
