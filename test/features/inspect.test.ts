import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspect, inspectMethods } from '../../generated/features/inspect.js';
import { resources } from '../../generated/features/resources.js';
import { collect } from '../../src/runtime/streams/collect.js';
import { allDefinitions } from '../../testkit/src/topics/cosi/definitions/definitions.js';
import { recordCoverage } from '../support/coverage.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
} from '../support/feature-calls.js';

const covered = recordCoverage();

let cluster: SimulatedCluster;

beforeAll(async () => {
  cluster = covered(await simulateCluster({ workers: 1, transport: 'tls' }));
});

afterAll(() => cluster.close());

function target() {
  return cluster.client().node('10.5.0.3');
}

const order = ['OUTPUT_EXCLUSIVE', 'OUTPUT_SHARED', 'INPUT'];

const method = inspectMethods.controllerRuntimeDependencies;

async function edgesOf() {
  return (await inspect(target()).controllerRuntimeDependencies()).edges;
}

describe('controllerRuntimeDependencies', () => {
  it('says which controllers write and read which resources', async () => {
    const edges = await edgesOf();
    expect(edges).toContainEqual({
      controllerName: 'time.SyncController',
      edgeType: 'OUTPUT_EXCLUSIVE',
      resourceNamespace: '',
      resourceType: 'TimeStatuses.v1alpha1.talos.dev',
      resourceId: '',
    });
    expect(edges).toContainEqual({
      controllerName: 'time.SyncController',
      edgeType: 'INPUT_WEAK',
      resourceNamespace: 'network',
      resourceType: 'TimeServerStatuses.net.talos.dev',
      resourceId: 'timeservers',
    });
    expect(new Set(edges.map(({ edgeType }) => edgeType))).toEqual(
      new Set([
        'OUTPUT_EXCLUSIVE',
        'OUTPUT_SHARED',
        'INPUT_STRONG',
        'INPUT_WEAK',
        'INPUT_DESTROY_READY',
      ]),
    );
  });

  it('has all controllers that a node registers, outputs first, each kind by name', async () => {
    const edges = await edgesOf();
    expect(new Set(edges.map(({ controllerName }) => controllerName)).size).toBe(244);
    const kinds = edges.map(({ edgeType }) => String(edgeType).replace(/^INPUT_.*/, 'INPUT'));
    expect(kinds).toEqual(
      kinds.toSorted((one, other) => order.indexOf(one) - order.indexOf(other)),
    );
    for (const kind of order) {
      const names = edges.filter((_, index) => kinds[index] === kind);
      const sorted = names.map(({ controllerName }) => controllerName);
      expect(sorted).toEqual(sorted.toSorted());
    }
  });

  it('says of each resource that its owner writes its type', async () => {
    const writers = new Set<string>();
    for (const { controllerName, resourceType, edgeType } of await edgesOf()) {
      if (String(edgeType).startsWith('OUTPUT')) writers.add(`${controllerName} ${resourceType}`);
    }
    const client = resources(target());
    const wrong = new Set<string>();
    for (const { type, namespace } of allDefinitions) {
      if (namespace === 'meta') continue;
      for await (const { resource } of client.list({ namespace, type })) {
        const { owner = '' } = resource?.metadata ?? {};
        if (owner !== '' && !writers.has(`${owner} ${type}`)) wrong.add(`${owner} ${type}`);
      }
    }
    expect([...wrong]).toEqual([]);
  });

  it('gives each exclusive output to one controller alone', async () => {
    const edges = await edgesOf();
    const owned = edges.filter(({ edgeType }) => edgeType === 'OUTPUT_EXCLUSIVE');
    const shared = edges.filter(({ edgeType }) => edgeType === 'OUTPUT_SHARED');
    const types = owned.map(({ resourceType }) => resourceType);
    expect(new Set(types).size).toBe(types.length);
    for (const { resourceType } of shared) expect(types).not.toContain(resourceType);
  });

  it('names types and namespaces that the node has', async () => {
    const client = resources(target());
    const ids = async (type: string) => {
      const list = await collect(client.list({ namespace: 'meta', type }));
      return new Set(list.map(({ resource }) => resource?.metadata?.id));
    };
    const types = await ids('ResourceDefinitions.meta.cosi.dev');
    const namespaces = await ids('Namespaces.meta.cosi.dev');
    for (const { resourceType, resourceNamespace } of await edgesOf()) {
      expect(types).toContain(resourceType.toLowerCase());
      if (resourceNamespace !== '') expect(namespaces).toContain(resourceNamespace);
    }
  });

  it('is refused to a role that only writes META', async () => {
    const client = inspect(cluster.client({ role: 'os:meta:writer' }).node('10.5.0.3'));
    await expectRefused(client.controllerRuntimeDependencies());
  });

  it('ends when the caller gives up', async () => {
    await expectCancelled(cluster.node('worker-1'), method, (options) =>
      inspect(target()).controllerRuntimeDependencies({}, options),
    );
  });

  it('ends at the deadline of the caller', async () => {
    await expectDeadline(cluster.node('worker-1'), method, (options) =>
      inspect(target()).controllerRuntimeDependencies({}, options),
    );
  });

  it('fails with the status that the node gives', async () => {
    const release = cluster.node('worker-1').fail(method, 'internal', { message: 'no graph' });
    expect(await failureOf(inspect(target()).controllerRuntimeDependencies())).toMatchObject({
      status: 'internal',
      reason: 'no graph',
    });
    release();
  });
});
