import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { events } from '../../../generated/features/events.js';
import { resources } from '../../../generated/features/resources.js';
import {
  decodeMemberSpec,
  type MemberSpec,
} from '../../../generated/messages/definitions/cluster.js';
import { decodeMachineStatusSpec } from '../../../generated/messages/definitions/runtime.js';
import type { WatchResponse } from '../../../generated/messages/resources.js';
import type { TalosClient } from '../../../src/runtime/client.js';
import { fromBytes } from '../../../src/runtime/codec.js';
import { collect } from '../../../src/runtime/streams/collect.js';
import { GoCluster } from '../support/go-cluster.js';

let cluster: GoCluster;
let talos: TalosClient;

beforeAll(async () => {
  cluster = await GoCluster.start();
  talos = await cluster.client();
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const members = { namespace: 'cluster', type: 'Members.cluster.talos.dev' } as const;
const machineStatus = {
  namespace: 'runtime',
  type: 'MachineStatuses.runtime.talos.dev',
  id: 'machine',
} as const;

describe.each([
  ['the endpoint itself', '10.5.0.2'],
  ['another node', '10.5.0.3'],
])('the official state, on %s', (_name, address) => {
  const state = () => resources(talos.node(address));

  test('gives a resource with its metadata and both forms of its spec', async () => {
    const { resource } = await state().get(machineStatus);
    expect(resource?.metadata).toMatchObject({
      ...machineStatus,
      version: '1',
      phase: 'running',
      owner: '',
      finalizers: [],
      labels: { größe: 'klein' },
      annotations: { note: 'multi\nline' },
    });
    expect(resource?.metadata?.created?.seconds).toBeGreaterThan(0n);
    expect(parse(resource?.spec?.yamlSpec ?? '')).toEqual({
      stage: 'running',
      status: { ready: false, unmetConditions: [{ name: 'nodeReady', reason: 'not yet' }] },
    });
    expect(
      fromBytes(decodeMachineStatusSpec, resource?.spec?.protoSpec ?? new Uint8Array()),
    ).toMatchObject({
      stage: 'MACHINE_STAGE_RUNNING',
      status: { ready: false, unmetConditions: [{ name: 'nodeReady', reason: 'not yet' }] },
    });
  });

  test('gives addresses as the official types encode them', async () => {
    const { resource } = await state().get({ ...members, id: 'cp-1' });
    const spec: MemberSpec = fromBytes(
      decodeMemberSpec,
      resource?.spec?.protoSpec ?? new Uint8Array(),
    );
    expect(spec).toMatchObject({ nodeId: 'id-cp-1', hostname: 'cp-1' });
    const [v4, v6] = spec.addresses.map(({ ip }) => Buffer.from(ip));
    expect([...(v4 ?? [])]).toEqual([10, 5, 0, 2]);
    expect(v6?.subarray(0, 2).toString('hex')).toBe('fe80');
    expect(v6?.subarray(16).toString()).toBe('eth0');
  });

  test('lists a kind by id', async () => {
    const items = await collect(state().list({ ...members, options: {} }));
    expect(items.map(({ resource }) => resource?.metadata?.id)).toEqual([
      'cp-1',
      'cp-2',
      'new-1',
      'worker-1',
    ]);
  });

  test('filters by id and by label', async () => {
    const byId = await collect(
      state().list({ ...members, options: { idQuery: { regexp: '^cp-' } } }),
    );
    expect(byId).toHaveLength(2);
    const { id: _id, ...kind } = machineStatus;
    const term = { key: 'größe', op: 'EQUAL', value: ['klein'] } as const;
    const byLabel = await collect(
      state().list({ ...kind, options: { labelQuery: [{ terms: [term] }] } }),
    );
    expect(byLabel).toHaveLength(1);
    const inverted = await collect(
      state().list({ ...kind, options: { labelQuery: [{ terms: [{ ...term, invert: true }] }] } }),
    );
    expect(inverted).toHaveLength(0);
  });

  test('holds a configuration as a text of several documents', async () => {
    const { resource } = await state().get({
      namespace: 'config',
      type: 'MachineConfigs.config.talos.dev',
      id: 'v1alpha1',
    });
    const text = parse(resource?.spec?.yamlSpec ?? '') as string;
    const documents = parseAllDocuments(text).map((document) => document.toJS() as object);
    expect(documents).toMatchObject([
      { version: 'v1alpha1', machine: { type: 'controlplane' } },
      { kind: 'HostnameConfig', auto: 'stable' },
    ]);
  });

  test.each([
    ['a resource that is not there', { ...members, id: 'nobody' }, 'not-found'],
    [
      'a type nobody knows',
      { ...members, type: 'Nothing.talos.dev', id: 'x' },
      'permission-denied',
    ],
    [
      'a namespace nobody knows',
      { ...members, namespace: 'nowhere', id: 'x' },
      'permission-denied',
    ],
  ])('refuses %s', async (_what, request, status) => {
    await expect(state().get(request)).rejects.toMatchObject({ status });
  });

  test('keeps secrets from readers', async () => {
    const reader = await cluster.client({ roles: ['os:reader'] });
    const request = { namespace: 'secrets', type: 'OSRootSecrets.secrets.talos.dev', id: 'os' };
    await expect(resources(reader.node(address)).get(request)).rejects.toMatchObject({
      status: 'permission-denied',
    });
    await expect(state().get(request)).resolves.toMatchObject({ resource: {} });
  });

  test('refuses writes', async () => {
    const metadata = { ...members, id: 'forged', version: 'undefined', phase: 'running' };
    const resource = { metadata, spec: { yamlSpec: '{}' } };
    await expect(state().create({ resource, options: {} })).rejects.toMatchObject({
      status: 'permission-denied',
    });
    await expect(state().destroy({ ...members, id: 'cp-1', options: {} })).rejects.toMatchObject({
      status: 'permission-denied',
    });
  });
});

describe('watches of the official state', () => {
  const state = () => resources(talos.node('10.5.0.3'));

  /** Reads events one by one. The first response says that the watch is set up. */
  async function watch(request: Parameters<ReturnType<typeof state>['watch']>[0]) {
    const stream = state().watch(request)[Symbol.asyncIterator]();
    const waiting: WatchResponse['event'] = [];
    return {
      async next() {
        while (waiting.length === 0) {
          const { value, done } = await stream.next();
          if (done === true) throw new Error('the watch has ended');
          waiting.push(...value.event);
        }
        return waiting.shift();
      },
      first: () => stream.next(),
      end: () => stream.return?.(),
    };
  }

  test('say what there is, that this is all, and then what changes', async () => {
    const seen = await watch({ ...members, apiVersion: 1, options: { bootstrapContents: true } });
    const ids = [];
    let event = await seen.next();
    for (; event?.eventType === 'CREATED'; event = await seen.next()) {
      ids.push(event.resource?.metadata?.id);
    }
    expect(ids).toEqual(['cp-1', 'cp-2', 'new-1', 'worker-1']);
    expect(event).toMatchObject({ eventType: 'BOOTSTRAPPED' });
    expect(event?.bookmark).toHaveLength(16);

    await cluster.setMember('cp-2', 'later', 'one');
    expect(await seen.next()).toMatchObject({
      eventType: 'CREATED',
      resource: { metadata: { id: 'later', version: '1' } },
    });
    await cluster.setMember('cp-2', 'later', 'two');
    const updated = await seen.next();
    expect(updated).toMatchObject({
      eventType: 'UPDATED',
      resource: { metadata: { version: '2' } },
    });
    expect(parse(updated?.old?.spec?.yamlSpec ?? '')).toMatchObject({ hostname: 'one' });
    expect(parse(updated?.resource?.spec?.yamlSpec ?? '')).toMatchObject({ hostname: 'two' });

    await cluster.removeMember('cp-2', 'later');
    expect(await seen.next()).toMatchObject({
      eventType: 'UPDATED',
      resource: { metadata: { phase: 'tearingDown' } },
    });
    const destroyed = await seen.next();
    expect(destroyed).toMatchObject({ eventType: 'DESTROYED' });
    await seen.end();

    const resumed = await watch({
      ...members,
      apiVersion: 1,
      options: { startFromBookmark: updated?.bookmark },
    });
    expect(await resumed.next()).toMatchObject({
      resource: { metadata: { phase: 'tearingDown' } },
    });
    await resumed.end();
  });

  test('of one resource begin with how it is', async () => {
    const seen = await watch({ ...members, id: 'cp-1', apiVersion: 1, options: {} });
    expect(await seen.next()).toMatchObject({ eventType: 'CREATED' });
    await seen.end();
    const absent = await watch({ ...members, id: 'nobody', apiVersion: 1, options: {} });
    expect(await absent.next()).toMatchObject({ eventType: 'DESTROYED' });
    await absent.end();
  });

  test('from a bookmark of another process fail at once', async () => {
    const seen = await watch({
      ...members,
      apiVersion: 1,
      options: { startFromBookmark: Buffer.alloc(16, 7) },
    });
    await expect(seen.next()).rejects.toMatchObject({ status: 'failed-precondition' });
  });

  test('come in batches when asked to', async () => {
    const stream = state().watch({
      ...members,
      apiVersion: 1,
      options: { bootstrapContents: true, aggregated: true },
    });
    for await (const { event } of stream) {
      if (event.length === 0) continue;
      expect(event.map(({ eventType }) => eventType)).toEqual([
        ...Array(4).fill('CREATED'),
        'BOOTSTRAPPED',
      ]);
      break;
    }
  });

  test('bring ten thousand resources', async () => {
    await cluster.crowd('cp-1', 10_000);
    let created = 0;
    const stream = resources(talos.node('10.5.0.2')).watch({
      ...members,
      apiVersion: 1,
      options: { bootstrapContents: true },
    });
    reading: for await (const { event } of stream) {
      for (const { eventType } of event) {
        if (eventType === 'BOOTSTRAPPED') break reading;
        created++;
      }
    }
    expect(created).toBe(10_004);
  });
});

describe('events', () => {
  test('begin with a hello, and go on with what happens', async () => {
    const stream = events(talos.node('10.5.0.3')).watch({ tailEvents: -1 });
    const types: string[] = [];
    for await (const { data } of stream) {
      types.push(data?.typeUrl ?? '');
      if (types.length === 4) await cluster.publishStage('cp-2', 'REBOOTING', true);
      if (types.length === 5) break;
    }
    expect(types).toEqual([
      '',
      'talos/runtime/machine.SequenceEvent',
      'talos/runtime/machine.PhaseEvent',
      'talos/runtime/machine.MachineStatusEvent',
      'talos/runtime/machine.MachineStatusEvent',
    ]);
  });
});
