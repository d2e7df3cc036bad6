import { simulateCluster } from 'talos-client-testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { logs, logsMethods } from '../../generated/features/logs.js';
import { system, systemMethods } from '../../generated/features/system.js';
import { collected, startCluster, transports } from '../testkit/support.js';

/** The warnings that Node gives until the test ends. */
function warnings(): Error[] {
  const seen: Error[] = [];
  const note = (warning: Error) => seen.push(warning);
  process.on('warning', note);
  onTestFinished(() => void process.off('warning', note));
  return seen;
}

describe('calls to a hundred nodes', () => {
  it('do not make Node warn about listeners', async () => {
    const seen = warnings();
    await using cluster = await simulateCluster({ controlPlanes: 3, workers: 97 });
    for (const node of cluster.nodes) node.on(logsMethods.dmesg, () => [Buffer.from(node.name)]);
    const nodes = cluster.client().nodes();
    const results = await nodes.each((node) => system(node).hostname());
    expect(results.every(({ ok }) => ok)).toBe(true);
    let records = 0;
    for await (const _ of nodes.merge((node) => logs(node).dmesg())) records += 1;
    expect(records).toBe(100);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([]);
  });
});

describe.each(transports)('merge over %s', (transport) => {
  /** Streams whose nodes hang in a call, which only a signal can end, but for the first. */
  async function hanging({ fails = false } = {}) {
    const cluster = await startCluster({ transport, controlPlanes: 1, workers: 2 });
    for (const node of cluster.nodes) node.stall(systemMethods.version);
    const [first] = cluster.nodes;
    const hung = () => cluster.journal.of(systemMethods.version);
    const signals: AbortSignal[] = [];
    const merged = cluster
      .client()
      .nodes()
      .merge(async function* (node, signal) {
        signals.push(signal);
        if (node.address === first?.address) {
          yield 'here';
          await cluster.journal.waitFor(() => hung().length === 2);
          if (fails) throw new Error('the first node failed');
          yield 'both hang';
        } else {
          await system(node).version({}, { timeoutMs: 50_000 });
        }
      });
    const untilEnded = () =>
      cluster.journal.waitFor(
        () => hung().length === 2 && hung().every(({ outcome }) => outcome === 'cancelled'),
      );
    return { merged, signals, untilEnded };
  }

  it('ends the calls of every node when the loop is left', async () => {
    const { merged, signals, untilEnded } = await hanging();
    for await (const { value } of merged) if (value === 'both hang') break;
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
    await untilEnded();
  });

  it('ends the calls of every node when one of them fails', async () => {
    const { merged, signals, untilEnded } = await hanging({ fails: true });
    const failure = new Error('the first node failed');
    await expect(collected(merged)).rejects.toEqual(failure);
    expect(signals.map(({ reason }) => reason)).toEqual([failure, failure, failure]);
    await untilEnded();
  });
});
