import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Member } from '../../generated/cosi/kinds/cluster.js';
import { MachineConfig, MachineType } from '../../generated/cosi/kinds/config.js';
import { AddressStatus, LinkStatus, NodeAddress } from '../../generated/cosi/kinds/network.js';
import { BootID, Diagnostic, MachineStatus } from '../../generated/cosi/kinds/runtime.js';
import { OSRootSecret } from '../../generated/cosi/kinds/secrets.js';
import { Service } from '../../generated/cosi/kinds/v1alpha1.js';
import { resources } from '../../generated/features/resources.js';
import { resourceDecoder } from '../../src/cosi/decode-resource.js';
import { Definitions } from '../../src/cosi/definitions.js';
import { cosi } from '../../src/cosi/index.js';
import { TalosConfigError } from '../../src/runtime/errors/config-error.js';
import { TalosRpcError } from '../../src/runtime/errors/rpc-error.js';
import type { Target } from '../../src/runtime/target.js';
import { type SimulatedCluster, simulateCluster } from '../../testkit/src/cluster/cluster.js';
import { diagnosticKind } from '../../testkit/src/topics/cosi/kinds/runtime.js';
import { kinds } from './kinds.js';

const WORKER = '10.5.0.3';

let cluster: SimulatedCluster;
let node: Target;

beforeAll(async () => {
  cluster = await simulateCluster({ workers: 1 });
  node = cluster.client().node(WORKER);
});
afterAll(() => cluster.close());

/** Kinds whose YAML says less than their protobuf. */
const unlike: ReadonlySet<string> = new Set([
  'AddressStatuses.net.talos.dev',
  'BootstrapManifestsConfigs.kubernetes.talos.dev',
  'HostDNSConfigs.net.talos.dev',
]);

/** The RPCs that the cluster got since `start`. */
function calls(start = 0): readonly string[] {
  return cluster.journal.calls.slice(start).map(({ rpc }) => rpc);
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('get', () => {
  it('reads a resource with its metadata and a spec with types', async () => {
    const { metadata, spec } = await cosi(node).get(MachineStatus, 'machine');
    expect(spec).toEqual({ stage: 'running', status: { ready: true, unmetConditions: [] } });
    expect(metadata).toMatchObject({
      namespace: 'runtime',
      type: 'MachineStatuses.runtime.talos.dev',
      id: 'machine',
      phase: 'running',
      labels: {},
      annotations: {},
      finalizers: [],
    });
    expect(metadata.version).toMatch(/^[1-9]\d*$/);
    expect(metadata.created).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/);
  });

  it('needs no id where there is one resource', async () => {
    expect((await cosi(node).get(MachineType)).spec).toBe('worker');
  });

  it('is one call', async () => {
    const start = cluster.journal.calls.length;
    await cosi(node).get(MachineStatus);
    expect(calls(start)).toEqual(['cosi.resource.State/Get']);
  });

  it('asks for the release too where YAML says less, and reads the protobuf', async () => {
    const [first] = await cosi(node).list(AddressStatus, {
      where: ({ spec }) => spec.address === `${WORKER}/16`,
    });
    const { spec } = await cosi(node).get(AddressStatus, first?.metadata.id ?? '');
    expect(spec).toMatchObject({
      address: `${WORKER}/16`,
      family: 'inet4',
      scope: 'global',
      flags: ['permanent'],
    });
    expect(spec.broadcast).toBe('10.5.255.255');
  });

  it('works on the client itself, where any endpoint answers', async () => {
    expect((await cosi(cluster.client()).get(MachineStatus)).spec.stage).toBe('running');
  });

  it('reads the text of a machine configuration', async () => {
    const { spec } = await cosi(node).get(MachineConfig, 'v1alpha1');
    expect(spec).toMatch(/^version: v1alpha1/);
    expect(spec).toContain('type: worker');
  });

  it('says not-found for what is not there', async () => {
    const error = await failureOf(cosi(node).get(Member, 'nobody'));
    expect(error).toBeInstanceOf(TalosRpcError);
    expect(error).toMatchObject({ status: 'not-found' });
  });

  it('ends with the reason of its signal', async () => {
    const signal = AbortSignal.abort(new Error('no more'));
    await expect(cosi(node).get(MachineStatus, 'machine', { signal })).rejects.toThrow('no more');
  });
});

describe('find', () => {
  it('gives what get gives', async () => {
    expect((await cosi(node).find(MachineStatus))?.spec.stage).toBe('running');
  });

  it('gives nothing for what is not there', async () => {
    expect(await cosi(node).find(Member, 'nobody')).toBeUndefined();
  });

  it('fails for a kind that the node does not have, and that is not nothing', async () => {
    await using old = await simulateCluster({ talosVersion: 'v1.9.5' });
    const error = await failureOf(cosi(old.client().node('10.5.0.2')).find(BootID));
    expect(error).toMatchObject({ status: 'unimplemented', outcome: 'answered' });
    expect((error as Error).message).toContain('Talos has it since 1.14: the node may be older');
  });
});

describe('list', () => {
  it('gives all resources of a kind by id', async () => {
    const found = await cosi(node).list(Member);
    expect(found.map(({ metadata }) => metadata.id)).toEqual(['cp-1', 'worker-1']);
    expect(found.map(({ spec }) => [spec.addresses, spec.machineType])).toEqual([
      [['10.5.0.2'], 'controlplane'],
      [[WORKER], 'worker'],
    ]);
  });

  it('keeps what where keeps', async () => {
    const found = await cosi(node).list(Member, {
      where: ({ spec }) => spec.machineType === 'worker',
    });
    expect(found.map(({ metadata }) => metadata.id)).toEqual(['worker-1']);
  });

  it('has the node filter by id', async () => {
    const found = await cosi(node).list(Member, { idPattern: '^work' });
    expect(found.map(({ metadata }) => metadata.id)).toEqual(['worker-1']);
    expect(cluster.journal.calls.at(-1)?.request).toMatchObject({
      options: { idQuery: { regexp: '^work' } },
    });
  });

  it('has the node filter by labels', async () => {
    const { resources: kept } = cluster.node('worker-1');
    for (const [id, labels] of [
      ['a', { tier: 'gold', size: '10' }],
      ['b', { tier: 'tin', size: '9' }],
      ['c', {}],
    ] as const) {
      kept.put(diagnosticKind, id, { message: id, details: [] }, { labels });
    }
    const ids = async (options: Parameters<ReturnType<typeof cosi>['list']>[1]) =>
      (await cosi(node).list(Diagnostic, options as object)).map(({ metadata }) => metadata.id);
    expect(await ids({ labels: { tier: 'gold' } })).toEqual(['a']);
    expect(await ids({ labels: { tier: { in: ['gold', 'tin'] } } })).toEqual(['a', 'b']);
    expect(await ids({ labels: { tier: { exists: true, not: true } } })).toEqual(['c']);
    expect(await ids({ labels: { tier: { equals: 'gold', not: true } } })).toEqual(['b', 'c']);
    expect(await ids({ labels: { size: { numberLessThan: '10' } } })).toEqual(['b']);
    expect(await ids({ labels: { size: { atMost: '10' } } })).toEqual(['a']);
    expect(await ids({ labels: [{ tier: 'tin' }, { size: '10' }] })).toEqual(['a', 'b']);
    for (const id of ['a', 'b', 'c']) kept.remove(diagnosticKind, id);
  });

  it('asks for the release only where there is much to read', async () => {
    const start = cluster.journal.calls.length;
    await cosi(node).list(Member);
    expect(calls(start)).toEqual(['cosi.resource.State/List']);
    const services = await cosi(node).list(Service);
    expect(services.length).toBeGreaterThanOrEqual(8);
    expect(calls(start).slice(1)).toEqual(['cosi.resource.State/List', 'cosi.resource.State/Get']);
  });

  it('names the expression that is none', async () => {
    const error = await failureOf(cosi(node).list(Member, { idPattern: '(' }));
    expect(error).toMatchObject({ status: 'invalid-argument' });
  });
});

describe('kind', () => {
  it.each([
    ['members', 'Members.cluster.talos.dev'],
    ['svc', 'Services.v1alpha1.talos.dev'],
    ['MEMBERS.cluster', 'Members.cluster.talos.dev'],
    ['addressstatuses.net.talos.dev', 'AddressStatuses.net.talos.dev'],
  ])('finds %s', async (name, type) => {
    expect((await cosi(node).kind(name)).type).toBe(type);
  });

  it('gives specs as their YAML has them', async () => {
    const members = await cosi(node).kind('members');
    const [first] = await cosi(node).list(members, { idPattern: '^cp-1$' });
    expect(first?.spec).toMatchObject({
      hostname: 'cp-1',
      machineType: 'controlplane',
      controlPlane: { port: 6443 },
    });
  });

  it('tells what is near to a name that leads nowhere', async () => {
    const error = await failureOf(cosi(node).kind('membrs'));
    expect(error).toBeInstanceOf(TalosConfigError);
    expect(error).toMatchObject({
      field: 'name',
      message: expect.stringContaining('did you mean members (Members.cluster.talos.dev)?'),
    });
  });

  it('names all that an alias stands for', async () => {
    await expect(cosi(node).kind('ns')).rejects.toThrow(
      /stands for several kinds: .*Namespaces\.meta\.cosi\.dev.*NodeStatuses/,
    );
  });

  it('knows what the node knows', async () => {
    await using old = await simulateCluster({ talosVersion: 'v1.9.5' });
    await expect(cosi(old.client()).kind('bootids')).rejects.toThrow(/there is no kind "bootids"/);
  });
});

describe('a wrong name or place', () => {
  it('is answered with the nearest kinds, not with permission-denied', async () => {
    const kind = { ...AddressStatus, type: 'AddressStatuses.network.talos.dev' };
    const error = await failureOf(cosi(node).list(kind));
    expect(error).toBeInstanceOf(TalosRpcError);
    expect(error).toMatchObject({
      status: 'unimplemented',
      hint: expect.stringContaining('AddressStatuses.net.talos.dev'),
      cause: { status: 'permission-denied' },
    });
  });

  it('in another case names the right one', async () => {
    const kind = {
      type: 'members.cluster.talos.dev',
      namespace: 'nowhere',
      aliases: [],
      sensitive: false,
    };
    await expect(cosi(node).list(kind)).rejects.toThrow(
      /it is spelled Members\.cluster\.talos\.dev/,
    );
  });

  it('of a namespace names those that there are', async () => {
    const error = await failureOf(cosi(node).list(Member, { namespace: 'clutser' }));
    expect(error).toBeInstanceOf(TalosConfigError);
    expect(error).toMatchObject({ field: 'namespace' });
    expect((error as Error).message).toMatch(
      /there is no namespace "clutser" on 10\.5\.0\.3; there are .*cluster/,
    );
  });

  it('stays permission-denied for secrets, and says who may read them', async () => {
    const reader = cluster.client({ role: 'os:reader' }).node(WORKER);
    const error = await failureOf(cosi(reader).get(OSRootSecret));
    expect(error).toMatchObject({ status: 'permission-denied' });
    expect((error as Error).message).toContain('it holds secrets: only os:admin may read it');
  });
});

describe('what is passed from JavaScript', () => {
  const any = () =>
    cosi(node) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;

  it.each([
    ['get', ['members'], /kind: expected a kind such as MachineStatus .*got a string/],
    ['get', [Promise.resolve(Member), 'x'], /await it/],
    [
      'get',
      [Member],
      /Members\.cluster\.talos\.dev may have many resources: name one, or use list/,
    ],
    ['get', [Member, ''], /id: expected the id of a resource, got an empty string/],
    ['get', [Member, 7], /id: expected the id of a resource, got 7/],
    ['get', [Member, 'a', { nam: 'x' }], /get: nam: there is no such option/],
    ['list', [Member, { labels: { a: {} } }], /expected one of equals, in, exists/],
    ['list', [Member, { labels: { a: { equls: 'x' } } }], /did you mean equals\?/],
    [
      'list',
      [Member, { labels: { a: { equals: 1 } } }],
      /labels\["a"\]\.equals: expected a string, got 1/,
    ],
    ['list', [Member, { labels: {} }], /a filter without a label/],
    ['list', [Member, { labels: 'x' }], /expected an object of labels, got a string/],
    ['list', [Member, { labels: { a: { exists: false } } }], /add not: true/],
    ['list', [Member, { where: true }], /where: expected a function/],
    ['kind', [''], /expected the name of a kind/],
    ['kind', ['x', { timeout: 1 }], /did you mean timeoutMs\?/],
  ])('%s refuses it before anything is sent: %#', async (method, args, message) => {
    const start = cluster.journal.calls.length;
    const error = await failureOf(any()[method]?.(...args) ?? Promise.resolve());
    expect(error).toBeInstanceOf(TalosConfigError);
    expect((error as Error).message).toMatch(message);
    expect(calls(start)).toEqual([]);
  });

  it('a set of nodes is no target', () => {
    expect(() => cosi(cluster.client().nodes([WORKER]) as unknown as Target)).toThrow(
      /set of nodes/,
    );
  });
});

describe('releases', () => {
  it.each(['v1.9.5', 'v1.12.0', 'v1.13.0'])(
    'a node of %s is read from its YAML',
    async (talosVersion) => {
      await using old = await simulateCluster({ talosVersion });
      const target = old.client().node('10.5.0.2');
      const { spec } = await cosi(target).get(MachineStatus);
      expect(spec.stage).toBe('running');
      expect((await cosi(target).list(Service)).map(({ spec }) => spec.running)).not.toContain(
        false,
      );
      const addresses = await cosi(target).list(AddressStatus);
      expect(addresses.map(({ spec }) => spec.address)).toContain('10.5.0.2/16');
    },
  );
});

describe('every kind', () => {
  it('of the simulated nodes is read, the same from protobuf as from YAML', async () => {
    const counts: number[] = [];
    for (const kind of kinds.values()) {
      let count = 0;
      const request = { namespace: kind.namespace, type: kind.type };
      for await (const { resource } of resources(node).list(request)) {
        if (resource === undefined) continue;
        count += 1;
        const [fromProto, fromYaml] = ['1.14', undefined].map(
          (release) => resourceDecoder(kind, release)(resource).spec,
        );
        if (!unlike.has(kind.type)) expect(fromProto, kind.type).toEqual(fromYaml);
      }
      counts.push(count);
    }
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(70);
  });

  it('has the names and the sensitivity that nodes give it', async () => {
    const definitions = await Definitions.of(node, {});
    const defined = new Map(definitions.all().map((kind) => [kind.type, kind]));
    for (const [type, kind] of kinds) {
      const { aliases = [], ...rest } = defined.get(type) ?? {};
      expect(rest).toEqual({ type, namespace: kind.namespace, sensitive: kind.sensitive });
      expect(new Set(aliases)).toEqual(new Set(kind.aliases));
    }
  });
});

it('addresses, prefixes and hardware addresses are text', async () => {
  const [eth0] = await cosi(node).list(LinkStatus, { idPattern: '^eth0$' });
  expect(eth0?.spec.hardwareAddr).toMatch(/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/);
  expect(eth0?.spec.flags).toContain('UP');
  expect((await cosi(node).get(NodeAddress, 'default')).spec.addresses).toEqual([`${WORKER}/16`]);
});
