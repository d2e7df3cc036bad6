import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { startCluster } from './support.js';

/** All that is secret in a cluster: what is long in the configuration of a control plane. */
function secretsOf(config: string): string[] {
  const values = [...config.matchAll(/: (\S{40,})$/gm)].map(([, value = '']) => value);
  const texts = values.map((value) => Buffer.from(value, 'base64').toString());
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => /^\S{40,}$/.test(line));
  return [...values, ...lines];
}

describe('what is printed of a cluster', () => {
  it('names its nodes and shows no key, as JSON, in the console and in messages of tests', async () => {
    const cluster = await startCluster({ controlPlanes: 1, workers: 1 });
    const node = cluster.node('cp-1');
    const secrets = secretsOf(cluster.machineConfig({ type: 'controlplane' }));
    expect(secrets.length).toBeGreaterThan(10);
    expect(cluster.trust.key).toContain('PRIVATE KEY');
    const all = { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true };
    for (const each of [cluster, node, node.machine, [cluster], { node }]) {
      const texts = [inspect(each), inspect(each, all), JSON.stringify(each)];
      for (const text of texts) {
        expect(text).toContain('10.5.0.2');
        expect(text).not.toContain('PRIVATE KEY');
        for (const secret of secrets) expect(text).not.toContain(secret);
      }
    }
    expect(inspect(cluster)).toMatch(/^SimulatedCluster \{\s+name: 'talos-sim'/);
    expect(inspect(node)).toMatch(/^SimulatedNode \{\s+name: 'cp-1'/);
  });

  it('whom its nodes trust is printed without the key of the authority', async () => {
    const { trust } = await startCluster({});
    for (const text of [inspect(trust), inspect(trust, { getters: true }), JSON.stringify(trust)]) {
      expect(text).toContain('id');
      expect(text).not.toContain('PRIVATE KEY');
    }
  });
});
