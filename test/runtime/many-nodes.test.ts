import { describe, expect, it, onTestFinished } from 'vitest';
import { logs, logsMethods } from '../../generated/features/logs.js';
import { system } from '../../generated/features/system.js';
import { simulateCluster } from '../../src/testkit/cluster.js';

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
