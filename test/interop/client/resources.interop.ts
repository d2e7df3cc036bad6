import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type GoChange, GoClient, type GoResource } from '../support/go-client.js';

let cluster: SimulatedCluster;
let go: GoClient;

beforeAll(async () => {
  cluster = await simulateCluster({ controlPlanes: 3, workers: 1, transport: 'tls' });
  go = new GoClient();
  await go.connect(cluster.talosconfig);
});
afterAll(async () => {
  await go?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

const members = { namespace: 'cluster', type: 'Members.cluster.talos.dev' } as const;
const definitions = { namespace: 'meta', type: 'ResourceDefinitions.meta.cosi.dev' } as const;
const at = { node: '10.5.0.3' } as const;

/** Types that are newer than the published module, which shows them as they are on the wire. */
const newer: ReadonlySet<string> = new Set([
  'DiscoveredVolumesStatuses.block.talos.dev',
  'KubeletStatuses.kubernetes.talos.dev',
]);

/** A machine configuration has a document that is newer than the published module, which says so. */
const newerDocument = /"DiscoveryIdentityConfig" "v1alpha1": not registered$/;

interface Definition {
  readonly spec: {
    readonly type: string;
    readonly defaultNamespace: string;
    readonly sensitivity: string;
  };
}

describe('the official COSI client', () => {
  test('gets a resource as the Go type that Talos has for it', async () => {
    const found = await go.command<GoResource>({
      do: 'get',
      namespace: 'runtime',
      type: 'MachineStatuses.runtime.talos.dev',
      name: 'machine',
      ...at,
    });
    expect(found.goType).toContain('runtime.MachineStatusSpec');
    expect(parse(found.yaml)).toMatchObject({
      metadata: { id: 'machine', phase: 'running' },
      spec: { stage: 'running', status: { ready: true } },
    });
  });

  test('lists a kind', async () => {
    const found = await go.command<readonly GoResource[]>({ do: 'list', ...members, ...at });
    expect(found.map(({ id }) => id)).toEqual(cluster.nodes.map(({ name }) => name).sort());
    for (const { goType } of found) expect(goType).toContain('cluster.MemberSpec');
  });

  test('decodes every resource there is, spec and all', async () => {
    const kinds = await go.command<readonly GoResource[]>({ do: 'list', ...definitions, ...at });
    expect(kinds.length).toBeGreaterThan(40);
    const undecoded: string[] = [];
    const known = [];
    for (const { yaml } of kinds) {
      const { spec } = parse(yaml) as Definition;
      const kind = { namespace: spec.defaultNamespace, type: spec.type };
      try {
        const found = await go.command<readonly GoResource[]>({ do: 'list', ...kind, ...at });
        for (const { id, goType } of found) {
          if (!goType.includes('protobuf.Resource')) known.push(id);
          else if (!newer.has(spec.type)) undecoded.push(`${spec.type}/${id}`);
        }
      } catch (error) {
        if (!newerDocument.test(`${error}`)) undecoded.push(`${spec.type}: ${error}`);
      }
    }
    expect(undecoded).toEqual([]);
    expect(known.length).toBeGreaterThan(50);
  });

  test('finds a kind by its aliases', async () => {
    for (const type of ['members', 'Member', 'members.cluster']) {
      expect(await go.command({ do: 'resolve', type, ...at })).toMatchObject(members);
    }
    await expect(go.command({ do: 'resolve', type: 'nonsense', ...at })).rejects.toMatchObject({
      code: 'NotFound',
    });
  });

  test.each(['create', 'update', 'destroy', 'teardown'])('may not %s', async (call) => {
    const write = go.command({ do: 'write', call, name: 'meta', ...at });
    await expect(write).rejects.toThrow(/PermissionDenied/);
  });

  test.each([
    ['a resource that is not there', { ...members, name: 'nobody' }, /doesn't exist|NotFound/],
    ['a type nobody knows', { ...members, type: 'Nothing.talos.dev', name: 'x' }, /not supported/],
    ['a namespace nobody knows', { ...members, namespace: 'nowhere', name: 'x' }, /not supported/],
  ])('is refused %s', async (_what, kind, message) => {
    await expect(go.command({ do: 'get', ...kind, ...at })).rejects.toThrow(message);
  });
});

describe('watches of the official COSI client', () => {
  /** Reads `take` changes of a watch. */
  async function changes(
    command: { readonly do: string } & Readonly<Record<string, unknown>>,
  ): Promise<readonly GoChange[]> {
    const items = await go.items<GoChange | 'watching'>({ timeoutMs: 20_000, ...command, ...at });
    return items.filter((item): item is GoChange => item !== 'watching');
  }

  test('begin with the contents, and say when that is all', async () => {
    const seen = await changes({ do: 'watchKind', ...members, bootstrap: true, take: 5 });
    expect(seen.map(({ type }) => type)).toEqual([
      ...Array(cluster.nodes.length).fill('Created'),
      'Bootstrapped',
    ]);
    expect(seen.at(-1)?.bookmark).toBeTypeOf('string');
  });

  test('come in batches', async () => {
    const seen = await changes({
      do: 'watchKind',
      ...members,
      bootstrap: true,
      aggregate: true,
      take: 5,
    });
    expect(seen.map(({ type }) => type)).toContain('Bootstrapped');
  });

  test('of one resource begin with it, or with its absence', async () => {
    const there = await changes({ do: 'watch', ...members, name: 'cp-1', take: 1 });
    expect(there).toMatchObject([{ type: 'Created', resource: { id: 'cp-1' } }]);
    const absent = await changes({ do: 'watch', ...members, name: 'nobody', take: 1 });
    expect(absent).toMatchObject([{ type: 'Destroyed' }]);
  });

  test('go on from a bookmark', async () => {
    const seen = await changes({ do: 'watchKind', ...members, bootstrap: true, take: 5 });
    const { bookmark } = seen.at(-1) ?? {};
    let begun: () => void = () => {};
    const began = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const resumed = go.start({ do: 'watchKind', ...members, bookmark, ...at }, begun);
    const ended = expect(resumed.ended).rejects.toThrow(/canceled/i);
    await began;
    await resumed.cancel();
    await ended;
  });

  test('from a bookmark of another process fail', async () => {
    const seen = await changes({ do: 'watchKind', ...members, bootstrap: true, take: 5 });
    const { bookmark } = seen.at(-1) ?? {};
    const resumed = go.items({
      do: 'watchKind',
      ...members,
      bookmark,
      take: 1,
      node: '10.5.0.4',
      timeoutMs: 20_000,
    });
    await expect(resumed).rejects.toThrow(/bookmark/i);
    const garbled = Buffer.alloc(16, 7).toString('base64');
    await expect(
      changes({ do: 'watchKind', ...members, bookmark: garbled, take: 1 }),
    ).rejects.toThrow(/bookmark/i);
  });
});
