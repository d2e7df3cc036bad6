import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { resources as resourcesOf } from '../../../generated/features/resources.js';
import { resourceKinds, simulateCluster } from '../../../testkit/src/index.js';
import { allDefinitions } from '../../../testkit/src/topics/cosi/definitions/definitions.js';
import { resourceSources } from '../../../testkit/src/topics/cosi/sources.js';
import { codecs } from '../../codec/support/codecs.js';
import { messageNames } from './message-names.js';

// Talos: every type has a message in talos.resource.definitions, or one of its own.
describe('the kinds of resources', () => {
  it.each(Object.values(resourceKinds).map((kind) => [kind.type, kind] as const))(
    '%s has the namespace of its definition and a message',
    (type, { namespace }) => {
      const definition = allDefinitions.find((found) => found.type === type);
      expect(definition?.namespace).toBe(namespace);
      if (namespace === 'meta') return;
      expect(codecs.has(messageNames[type] ?? '')).toBe(true);
    },
  );

  it('are many, and those that sources show are among them', () => {
    const kinds: readonly unknown[] = Object.values(resourceKinds);
    expect(kinds.length).toBeGreaterThan(100);
    for (const kind of resourceSources.flatMap((source) => source.kinds)) {
      expect(kinds).toContain(kind);
    }
  });

  it('let a test put a resource on a node, and take it away', async () => {
    await using cluster = await simulateCluster();
    const node = cluster.node('cp-1');
    const spec = { message: 'host and pod networks overlap', details: ['10.5.0.0/16'] };
    node.resources.put(resourceKinds.diagnostic, 'address-overlap', spec, {
      labels: { severity: 'warning' },
    });
    const client = resourcesOf(cluster.client().node(node.address));
    const found = async () => {
      const list: unknown[] = [];
      for await (const { resource } of client.list({
        namespace: 'runtime',
        type: resourceKinds.diagnostic.type,
        options: { labelQuery: [{ terms: [{ key: 'severity', op: 'EXISTS' }] }] },
      })) {
        list.push(parse(resource?.spec?.yamlSpec ?? ''));
      }
      return list;
    };
    expect(await found()).toEqual([spec]);
    node.resources.remove(resourceKinds.diagnostic, 'address-overlap');
    expect(await found()).toEqual([]);
  });
});
