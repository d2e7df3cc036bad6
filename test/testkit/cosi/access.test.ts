import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ResourcesClient,
  resources as resourcesOf,
} from '../../../generated/features/resources.js';
import type { Role } from '../../../src/runtime/method.js';
import { type SimulatedCluster, simulateCluster } from '../../../testkit/src/cluster/cluster.js';

const MEMBERS = 'Members.cluster.talos.dev';
const CONFIGS = 'KubeSpanConfigs.kubespan.talos.dev';

let cluster: SimulatedCluster;

beforeAll(async () => {
  cluster = await simulateCluster({ controlPlanes: 1, workers: 1 });
});

afterAll(() => cluster.close());

function as(role: Role, of = cluster): ResourcesClient {
  return resourcesOf(of.client({ role }).node('10.5.0.2'));
}

async function ids(
  client: ResourcesClient,
  request: Parameters<ResourcesClient['list']>[0],
): Promise<string[]> {
  const found: string[] = [];
  for await (const { resource } of client.list(request)) found.push(resource?.metadata?.id ?? '');
  return found;
}

function denied(message: string) {
  return expect.objectContaining({ status: 'permission-denied', reason: message });
}

// Talos: the access rules of the resource API; sensitive types are for admins, nobody writes.
describe('reading a resource', () => {
  it.each<Role>(['os:admin', 'os:operator', 'os:reader'])('is open to %s', async (role) => {
    const { resource } = await as(role).get({ namespace: 'cluster', type: MEMBERS, id: 'cp-1' });
    expect(resource?.metadata?.id).toBe('cp-1');
  });

  it.each<Role>(['os:etcd:backup', 'os:meta:writer'])('is closed to %s', async (role) => {
    await expect(as(role).get({ namespace: 'cluster', type: MEMBERS, id: 'cp-1' })).rejects.toEqual(
      denied('not authorized'),
    );
  });

  it('of a type that the node does not know is denied', async () => {
    await expect(
      ids(as('os:admin'), { namespace: 'cluster', type: 'Widgets.test.dev' }),
    ).rejects.toEqual(denied('resource type "Widgets.test.dev" is not supported'));
  });

  it('of a type that only newer releases know is denied', async () => {
    await using old = await simulateCluster({ talosVersion: 'v1.13.2' });
    const request = { namespace: 'runtime', type: 'BootIDs.runtime.talos.dev', id: 'boot-id' };
    await expect(as('os:admin').get(request)).resolves.toBeDefined();
    await expect(as('os:admin', old).get(request)).rejects.toEqual(
      denied('resource type "BootIDs.runtime.talos.dev" is not supported'),
    );
  });

  it.each(['', 'widgets', 'Cluster'])('in a namespace %j is denied', async (namespace) => {
    await expect(ids(as('os:admin'), { namespace, type: MEMBERS })).rejects.toEqual(
      denied(`namespace "${namespace}" is not supported`),
    );
  });

  it('with secrets in it is denied to all but admins', async () => {
    const request = { namespace: 'config', type: CONFIGS, id: 'kubespan' };
    await expect(as('os:admin').get(request)).resolves.toBeDefined();
    for (const role of ['os:operator', 'os:reader'] as const) {
      await expect(as(role).get(request)).rejects.toEqual(denied('not authorized'));
    }
    // The type decides before the namespace is looked at.
    await expect(as('os:reader').get({ ...request, namespace: 'x' })).rejects.toEqual(
      denied('not authorized'),
    );
  });

  it('is checked without regard to case, but finds nothing by another case', async () => {
    const type = MEMBERS.toLowerCase();
    await expect(ids(as('os:reader'), { namespace: 'cluster', type })).resolves.toEqual([]);
    await expect(
      as('os:reader').get({ namespace: 'cluster', type, id: 'cp-1' }),
    ).rejects.toMatchObject({
      status: 'not-found',
      reason: `resource ${type}(cluster/cp-1@undefined) doesn't exist`,
    });
    await expect(
      ids(as('os:reader'), { namespace: 'config', type: CONFIGS.toLowerCase() }),
    ).rejects.toEqual(denied('not authorized'));
  });

  it('in another namespace than the type has finds nothing', async () => {
    await expect(ids(as('os:admin'), { namespace: 'runtime', type: MEMBERS })).resolves.toEqual([]);
  });

  it('that is not there is not found', async () => {
    const request = { namespace: 'cluster', type: MEMBERS, id: 'nobody' };
    await expect(as('os:reader').get(request)).rejects.toMatchObject({
      status: 'not-found',
      reason: "resource Members.cluster.talos.dev(cluster/nobody@undefined) doesn't exist",
    });
  });

  it('in maintenance is open to everybody, without secrets', async () => {
    await using fresh = await simulateCluster({ maintenance: true });
    const client = resourcesOf(fresh.client().node('10.5.0.2'));
    const { resource } = await client.get({
      namespace: 'runtime',
      type: 'MachineStatuses.runtime.talos.dev',
      id: 'machine',
    });
    expect(resource?.spec?.yamlSpec).toContain('stage: maintenance');
    await expect(
      ids(client, { namespace: 'secrets', type: 'CertSANs.secrets.talos.dev' }),
    ).rejects.toEqual(denied('not authorized'));
  });
});

describe('a bad query', () => {
  const kind = { namespace: 'nowhere', type: 'Widgets.test.dev' };

  it('is refused before anybody looks whether the caller may read', async () => {
    await expect(
      ids(as('os:reader'), { ...kind, options: { idQuery: { regexp: '(?=a)' } } }),
    ).rejects.toMatchObject({ status: 'invalid-argument' });
    await expect(
      ids(as('os:reader'), {
        ...kind,
        options: { labelQuery: [{ terms: [{ key: 'a', op: 'EQUAL' }] }] },
      }),
    ).rejects.toMatchObject({
      status: 'internal',
      reason: 'runtime error: index out of range [0] with length 0',
    });
  });
});

describe('writing a resource', () => {
  const metadata = { namespace: 'cluster', type: MEMBERS, id: 'cp-1', version: '1' };
  const resource = { metadata, spec: { yamlSpec: '{}' } };
  const { version: _, ...pointer } = metadata;
  const refused = denied('write access is not allowed');

  it('is refused to admins', async () => {
    const client = as('os:admin');
    await expect(client.create({ resource })).rejects.toEqual(refused);
    await expect(client.update({ newResource: resource })).rejects.toEqual(refused);
    await expect(client.destroy(pointer)).rejects.toEqual(refused);
    await expect(client.teardown(pointer)).rejects.toEqual(refused);
    await expect(client.teardownAndDestroy(pointer)).rejects.toEqual(refused);
  });

  it('is not even looked at for others', async () => {
    const client = as('os:reader');
    await expect(client.create({ resource })).rejects.toEqual(denied('not authorized'));
    await expect(client.teardown(pointer)).rejects.toEqual(denied('not authorized'));
  });

  it('finds out first that a resource is not whole', async () => {
    const client = as('os:admin');
    await expect(client.create({ resource: {} })).rejects.toMatchObject({
      status: 'unknown',
      reason: 'metadata is missing',
    });
    await expect(client.update({ newResource: { metadata } })).rejects.toMatchObject({
      status: 'unknown',
      reason: 'spec is missing',
    });
  });

  it('finds out first that there is nothing to tear down', async () => {
    const client = as('os:admin');
    await expect(client.teardown({ ...pointer, id: 'nobody' })).rejects.toMatchObject({
      status: 'not-found',
    });
    await expect(client.teardownAndDestroy({ ...pointer, id: 'nobody' })).rejects.toMatchObject({
      status: 'not-found',
    });
  });
});
