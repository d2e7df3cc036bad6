import { type SimulatedCluster, type SimulatedNode, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { services } from '../../../testkit/src/topics/services/services.js';
import { machineStatus } from '../../../testkit/src/topics/system/machine-status.js';
import { GoClient, GoFailure, type Message } from '../support/go-client.js';

let go: GoClient;

beforeAll(() => {
  go = new GoClient();
});
afterAll(async () => {
  await go?.[Symbol.asyncDispose]();
});

interface GoEvent {
  readonly type: string;
  readonly id: string;
  readonly actor: string;
  readonly payload: Message<Record<string, string>>;
}

/** A cluster that the official client is connected to, and a worker of it. */
async function started(): Promise<{ cluster: SimulatedCluster; node: SimulatedNode; at: At }> {
  const cluster = await simulateCluster({ workers: 1, transport: 'tls' });
  await go.connect(cluster.talosconfig);
  const node = cluster.node('worker-1');
  return { cluster, node, at: { node: node.address } };
}

interface At {
  readonly node: string;
}

interface Replies<T> {
  readonly messages: readonly T[];
}

/** Makes a call to one node. */
async function one<T>(name: string, args: readonly unknown[], at: At): Promise<T> {
  const { value } = await go.call<Message<Replies<T>>>(name, args, at);
  const [message] = value.messages;
  if (message === undefined) throw new Error(`${name} has no reply`);
  return message;
}

/** The boot id, where `talosctl` looks for it. */
async function bootId(at: At): Promise<string> {
  const read = await go.call<string>('Read', ['/proc/sys/kernel/random/boot_id'], at);
  return Buffer.from(read, 'base64').toString().trim();
}

async function tag(at: At): Promise<string> {
  return (await one<{ version: { tag: string } }>('Version', [], at)).version.tag;
}

/** What an action says of itself until the node is gone, as `talosctl` follows it. */
async function follow(actor: string, at: At): Promise<readonly GoEvent[]> {
  const watching = go.items<GoEvent | 'watching'>({
    do: 'eventsV2',
    arguments: [{ withActorId: actor, tailEvents: -1 }],
    timeoutMs: 60_000,
    ...at,
  });
  const failure = await watching.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(GoFailure);
  const { code, message, items } = failure as GoFailure;
  expect(code, message).toMatch(/^(Unavailable|Unknown)$/);
  if (code === 'Unknown') expect(message).toBe('EOF');
  return items.filter((item): item is GoEvent => item !== 'watching');
}

/** Checks that events are those of one action; gives its sequences and phases, as they began. */
function begun(events: readonly GoEvent[], actor: string) {
  for (const event of events) expect(event.actor).toBe(actor);
  const of = (type: string, key: string) =>
    events.flatMap(({ payload: { type: found, value } }) =>
      found === type && value.action === 'START' ? [value[key]] : [],
    );
  return {
    sequences: of('machine.SequenceEvent', 'sequence'),
    phases: of('machine.PhaseEvent', 'phase'),
    tasks: of('machine.TaskEvent', 'task'),
    stages: events.flatMap(({ payload: { value } }) => value.stage ?? []),
  };
}

async function back(node: SimulatedNode, boots = 2): Promise<void> {
  await node.until(() => node.machine.boots === boots && node.stage === 'RUNNING');
}

describe('the official client follows', () => {
  test('a reboot by its actor, and sees it by the boot id', async () => {
    const { cluster, node, at } = await started();
    await using _ = cluster;
    const before = await bootId(at);
    expect(before).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const { actorId } = await one<{ actorId: string }>('RebootWithResponse', [], at);
    const { sequences, phases, tasks, stages } = begun(await follow(actorId, at), actorId);
    expect(sequences).toEqual(['reboot']);
    expect(phases.slice(0, 2)).toEqual(['cleanup', 'dbus']);
    expect(tasks).toContain('stopAllPods');
    expect(stages).toEqual([]);
    await back(node);
    expect(await bootId(at)).not.toBe(before);
    expect(await bootId({ node: '10.5.0.2' })).not.toBe(before);
    expect(await one('Machine.Hostname', [{}], at)).toMatchObject({ hostname: 'worker-1' });
  });

  test('an upgrade by its actor, and sees it by the version; and the way back', async () => {
    const { cluster, node, at } = await started();
    await using _ = cluster;
    const image = 'ghcr.io/siderolabs/installer:v1.14.1';
    const { actorId, ack } = await one<{ actorId: string; ack: string }>(
      'UpgradeWithOptions',
      [{ image }],
      at,
    );
    expect(ack).toBe('Upgrade request received');
    const { sequences, phases } = begun(await follow(actorId, at), actorId);
    expect(sequences).toEqual(['upgrade']);
    expect(phases).toContain('upgrade');
    await back(node);
    expect(await tag(at)).toBe('v1.14.1');
    await go.call('Rollback', [], at);
    await back(node, 3);
    expect(await tag(at)).toBe('v1.14.0');
  });

  test('a reset by its actor, and finds the node in maintenance', async () => {
    const { cluster, node, at } = await started();
    await using _ = cluster;
    const { actorId } = await one<{ actorId: string }>(
      'ResetGenericWithResponse',
      [{ reboot: true, graceful: false }],
      at,
    );
    const { sequences } = begun(await follow(actorId, at), actorId);
    expect(sequences).toEqual(['reset']);
    await node.until(() => node.machine.boots === 2 && node.stage === 'MAINTENANCE');
    const call = go.call('Version', [], { ...at, timeoutMs: 10_000 });
    await expect(call).rejects.toMatchObject({ code: 'Unavailable' });
  });

  test('a shutdown by its actor, until the node is off', async () => {
    const { cluster, node, at } = await started();
    await using _ = cluster;
    const { actorId } = await one<{ actorId: string }>('ShutdownWithResponse', [], at);
    const { sequences, phases } = begun(await follow(actorId, at), actorId);
    expect(sequences).toEqual(['shutdown']);
    expect(phases).toContain('drain');
    await node.until(() => !node.isOn);
  });
});

describe('the official client reads', () => {
  interface Progress {
    readonly progress: { readonly message?: string; readonly exitCode?: number };
  }
  const containerd = { driver: 'CRI', namespace: 'NS_SYSTEM' } as const;
  const imageName = 'ghcr.io/siderolabs/installer:v1.14.1';

  test('what an installer that it pulled says, line by line, and its exit code last', async () => {
    const { cluster, node, at } = await started();
    await using _ = cluster;
    const pulled = await go.stream<Message<{ name?: string; pullProgress?: object }>>(
      'Image.Pull',
      [{ containerd, imageRef: imageName }],
      at,
    );
    expect(pulled.length).toBeGreaterThan(2);
    expect(pulled.at(-1)?.value.name).toContain('ghcr.io/siderolabs/installer');
    for (const { value } of pulled.slice(0, -1)) expect(value.pullProgress).toBeDefined();
    const installing = await go.stream<Message<Progress>>(
      'Lifecycle.Upgrade',
      [{ containerd, source: { imageName } }],
      at,
    );
    const said = installing.map(({ value }) => value.progress);
    expect(said.at(-1)).toEqual({ exitCode: 0 });
    expect(said.length).toBeGreaterThan(3);
    for (const { message } of said.slice(0, -1)) expect(message).toMatch(/^[^\n]+\n$/);
    expect(said[0]?.message).toContain('v1.14.1');
    expect(await tag(at)).toBe('v1.14.0');
    await go.call('Reboot', [], at);
    await back(node);
    expect(await tag(at)).toBe('v1.14.1');
  });

  test('that an image holds no installer from the exit code alone', async () => {
    const { cluster, at } = await started();
    await using _ = cluster;
    const other = 'registry.k8s.io/pause:3.10';
    await go.stream('Image.Pull', [{ containerd, imageRef: other }], at);
    const installing = await go.stream<Message<Progress>>(
      'Lifecycle.Upgrade',
      [{ containerd, source: { imageName: other } }],
      at,
    );
    expect(installing.at(-1)?.value.progress.exitCode).toBe(1);
    expect(await tag(at)).toBe('v1.14.0');
  });
});

/** A configuration with another host name. */
function renamed(text: string, hostname: string): string {
  const documents = parseAllDocuments(text).map((document) => document.toJS());
  return documents
    .map((document) =>
      stringify(document.kind === 'HostnameConfig' ? { ...document, hostname } : document),
    )
    .join('---\n');
}

describe('a configuration that the official client applies', () => {
  const apply = (text: string, more: object, at: At) =>
    one<{ mode: string; modeDetails: string; warnings: readonly string[] }>(
      'ApplyConfiguration',
      [{ data: Buffer.from(text).toString('base64'), ...more }],
      at,
    );
  const hostname = async (at: At) =>
    (await one<{ hostname: string }>('Machine.Hostname', [{}], at)).hostname;

  test('on trial is in force for a while, and then what was before is', async () => {
    const { cluster, node, at } = await started();
    await using _ = cluster;
    const text = renamed(cluster.machineConfig({ type: 'worker', hostname: 'x' }), 'tried');
    const reply = await apply(text, { mode: 'TRY', tryModeTimeout: '0.700s' }, at);
    expect(reply).toMatchObject({ mode: 'TRY', warnings: [] });
    expect(reply.modeDetails).toMatch(/ reverted back in 700ms$/);
    expect(await hostname(at)).toBe('tried');
    await node.until(() => node.name === 'worker-1');
    expect(await hostname(at)).toBe('worker-1');
  });

  test('is shown as a difference in a dry run, and in force at once without one', async () => {
    const { cluster, at } = await started();
    await using _ = cluster;
    const text = cluster.machineConfig({ type: 'worker', hostname: 'other' });
    const { modeDetails } = await apply(text, { mode: 'AUTO', dryRun: true }, at);
    expect(modeDetails).toContain('+hostname: other');
    expect(await hostname(at)).toBe('worker-1');
    expect(await apply(text, { mode: 'AUTO' }, at)).toMatchObject({ mode: 'NO_REBOOT' });
    expect(await hostname(at)).toBe('other');
  });

  test('takes a node from maintenance to a cluster with etcd and Kubernetes', async () => {
    await using cluster = await simulateCluster({ maintenance: true, transport: 'tls' });
    const node = cluster.node('cp-1');
    const [endpoint = ''] = cluster.endpoints;
    await go.connectMaintenance(endpoint, [await node.fingerprint()], 'fresh');
    const text = cluster.machineConfig({ type: 'controlplane', installDisk: '/dev/sda' });
    await go.call('ApplyConfiguration', [{ data: Buffer.from(text).toString('base64') }], {
      client: 'fresh',
    });
    await node.until(() => node.stage !== 'MAINTENANCE' && node.machine.boots === 2);
    await go.connect(cluster.talosconfig, { name: 'own' });
    const own = { client: 'own', node: node.address };
    await node.until(() => node.machine.state(services).find('etcd')?.state === 'Preparing');
    await go.call('Bootstrap', [{}], own);
    await node.until(() => node.machine.state(machineStatus).current.ready);
    const health = await go.stream<Message<{ message: string }>>(
      'ClusterHealthCheck',
      [60_000, {}],
      own,
    );
    expect(health.at(-1)?.value.message).toMatch(/OK$/);
    await expect(go.call('Bootstrap', [{}], own)).rejects.toMatchObject({ code: 'AlreadyExists' });
  });
});
