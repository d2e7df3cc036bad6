import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resources as resourcesOf } from '../../../generated/features/resources.js';
import type { ClusterOptions } from '../../../testkit/src/cluster/options.js';
import { allDefinitions } from '../../../testkit/src/topics/cosi/definitions/definitions.js';
import { startCluster } from '../support.js';
import { misfits } from './shapes.js';

const scenes: readonly (readonly [what: string, node: string, options: ClusterOptions])[] = [
  ['a control plane', 'cp-1', { workers: 1 }],
  ['a worker', 'worker-1', { workers: 1 }],
  ['a node in maintenance', 'cp-1', { maintenance: true, sideroLink: true }],
];

// Talos: YAML is what Go prints of the struct of each type.
describe.each(scenes)('the resources of %s', (_, name, options) => {
  it('have the keys of their types in YAML, all but zeros that Go leaves out', async () => {
    const cluster = await startCluster(options);
    const client = resourcesOf(cluster.client({ endpoint: name }));
    const wrong: string[] = [];
    for (const { type, namespace } of allDefinitions) {
      for await (const { resource } of client.list({ namespace, type })) {
        const spec = parse(resource?.spec?.yamlSpec ?? '');
        for (const misfit of misfits(type, spec)) {
          wrong.push(`${type} ${resource?.metadata?.id}: ${misfit}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});
