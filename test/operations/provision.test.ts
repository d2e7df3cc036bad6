import { describe, expect, it, onTestFinished } from 'vitest';
import { configurationMethods } from '../../generated/features/configuration.js';
import { resourcesMethods } from '../../generated/features/resources.js';
import { parseMachineConfig } from '../../src/machine-config/index.js';
import { bootstrapCluster } from '../../src/operations/bootstrap-cluster/index.js';
import {
  type NewMachine,
  type ProvisionOptions,
  type ProvisionStep,
  provision,
} from '../../src/operations/provision/index.js';
import type { OperationProgress } from '../../src/operations/run/progress.js';
import { createTalosClient } from '../../src/runtime/client.js';
import type { TalosClient } from '../../src/runtime/talos-client.js';
import { clientOptions, parseTalosconfig } from '../../src/talosconfig/index.js';
import { config } from '../../testkit/src/topics/config/config.js';
import { failureOf } from '../support/feature-calls.js';
import { type Simulation, simulation } from './support.js';

type Progress = OperationProgress<ProvisionStep>;

/** Machines in maintenance, and a client with the credentials that their cluster is to have. */
async function machines(options: Parameters<typeof simulation>[0] = {}) {
  const simulated = await simulation({ maintenance: true, ...options });
  const context = parseTalosconfig(simulated.cluster.talosconfig).context();
  const talos = createTalosClient(clientOptions(context));
  onTestFinished(() => talos.close());
  return { ...simulated, talos };
}

type Machines = Simulation & { readonly talos: TalosClient };

async function machineOf({ cluster, talos }: Machines, name = 'cp-1'): Promise<NewMachine> {
  const { endpoint, address } = cluster.node(name);
  const fingerprints = [await cluster.node(name).fingerprint()];
  return { endpoint, fingerprints, node: talos.node(address) };
}

function configOf({ cluster }: Simulation, name = 'cp-1', hostname?: string): string {
  const type = name.startsWith('cp') ? 'controlplane' : 'worker';
  return cluster.machineConfig({ type, installDisk: '/dev/sda', hostname });
}

async function start(
  it: Machines,
  options: ProvisionOptions = {},
  machine: Partial<NewMachine> = {},
  name = 'cp-1',
) {
  const whole = { ...(await machineOf(it, name)), ...machine };
  return it.passing(provision(whole, configOf(it, name), options, it.parts));
}

/** How often a configuration came to the machines. */
const sent = ({ cluster }: Simulation): number =>
  cluster.journal.of(configurationMethods.apply).length;

describe('a machine', () => {
  it('becomes a control plane that can be bootstrapped, then others join and a worker runs', async () => {
    const it = await machines({ controlPlanes: 2, workers: 1 });
    const steps: string[] = [];
    const onProgress = ({ type, step }: Progress) => type === 'step' && steps.push(step);
    const first = await start(it, { onProgress });
    expect(first).toMatchObject({
      node: '10.5.0.2',
      type: 'controlplane',
      stage: 'booting',
      awaitsBootstrap: true,
      fingerprints: [expect.stringMatching(/=$/)],
    });
    expect(steps).toEqual([
      'reach the machine',
      'check the configuration',
      'send the configuration',
      'wait for the node',
    ]);
    await it.passing(bootstrapCluster(it.talos.node('10.5.0.2'), {}, it.parts));
    const second = await start(it, {}, {}, 'cp-2');
    expect(second).toMatchObject({
      type: 'controlplane',
      stage: 'running',
      awaitsBootstrap: false,
    });
    const worker = await start(it, {}, {}, 'worker-1');
    expect(worker).toMatchObject({ type: 'worker', stage: 'running', awaitsBootstrap: false });
    expect(new Set([first, second, worker].map(({ nodeId }) => nodeId)).size).toBe(3);
    expect(sent(it)).toBe(3);
  });

  it('that is a worker is reached directly too', async () => {
    const it = await machines({ workers: 1 });
    await start(it);
    const { endpoint } = it.cluster.node('worker-1');
    const direct = it.talos.sibling({ endpoints: [endpoint] });
    onTestFinished(() => direct.close());
    const node = direct.node('10.5.0.3');
    expect(await start(it, {}, { node }, 'worker-1')).toMatchObject({ stage: 'running' });
  });

  it('gets the text as it is, also when it was read before', async () => {
    const it = await machines();
    const text = `# mine\n${configOf(it, 'cp-1', 'named')}`;
    const machine = await machineOf(it);
    const result = it.passing(provision(machine, parseMachineConfig(text), {}, it.parts));
    expect(await result).toMatchObject({ hostname: 'named' });
    expect(it.cluster.nodes[0]?.machine.state(config).active?.text).toBe(text);
  });

  it('of a release whose maintenance tells nothing is told about', async () => {
    const it = await machines({ talosVersion: 'v1.11.2' });
    expect(await start(it, { talos: 'v1.11.2' })).toMatchObject({ awaitsBootstrap: true });
    expect(sent(it)).toBe(1);
  });
});

describe('the key of the machine', () => {
  it('is shown once and trusted, and nothing was sent before', async () => {
    const it = await machines();
    const seen: string[] = [];
    const trust = async (fingerprint: string) => {
      seen.push(fingerprint);
      expect(it.cluster.journal.calls).toEqual([]);
      return true;
    };
    const pin = await it.cluster.node('cp-1').fingerprint();
    const result = await start(it, {}, { fingerprints: undefined, trust });
    expect(seen).toEqual([pin]);
    expect(result.fingerprints).toEqual([pin]);
  });

  it.each([false, undefined, 'yes'])('that is not trusted (%s) gets nothing', async (answer) => {
    const it = await machines();
    const trust = () => answer as boolean;
    const error = await failureOf(start(it, {}, { fingerprints: undefined, trust }));
    expect(error).toMatchObject({ step: 'reach the machine', outcome: 'unchanged' });
    expect(it.cluster.journal.calls).toEqual([]);
  });

  it('that is another one gets nothing, and is told', async () => {
    const it = await machines({ controlPlanes: 2 });
    const fingerprints = [await it.cluster.node('cp-2').fingerprint()];
    const pin = await it.cluster.node('cp-1').fingerprint();
    const error = await failureOf(start(it, {}, { fingerprints }));
    expect(error).toMatchObject({ step: 'reach the machine', outcome: 'unchanged' });
    expect(error.message).toContain(`has another key, ${pin}`);
    expect(it.cluster.journal.calls).toEqual([]);
  });

  it('of a node of the cluster is told as that', async () => {
    const it = await machines();
    const machine = await machineOf(it);
    await start(it);
    const again = it.passing(provision(machine, configOf(it), {}, it.parts));
    expect((await failureOf(again)).message).toContain('it is a node of the cluster already');
    expect(sent(it)).toBe(1);
  });
});

describe('a configuration that the machine would refuse is not sent', () => {
  it('and bothers nobody when it cannot be read', async () => {
    const it = await machines();
    const wrong = provision(await machineOf(it), 'machine:\n  tokn: x\n', {}, it.parts);
    expect(await failureOf(it.passing(wrong))).toMatchObject({
      code: 'machine-config',
      problems: [{ line: 2 }],
    });
    expect(it.cluster.journal.calls).toEqual([]);
  });

  it('when it does not fit the release of the machine', async () => {
    const it = await machines({ talosVersion: 'v1.13.0' });
    const text = `${configOf(it)}---\napiVersion: v1alpha1\nkind: SecurityProfileConfig\nworkloadIsolation: true\n`;
    const refused = it.passing(provision(await machineOf(it), text, {}, it.parts));
    expect(await failureOf(refused)).toMatchObject({ code: 'machine-config' });
    expect(sent(it)).toBe(0);
  });

  it('and one that it refuses all the same leaves it as it was', async () => {
    const it = await machines();
    it.cluster.node('cp-1').fail(configurationMethods.apply, 'invalid-argument', { message: 'no' });
    expect(await failureOf(start(it))).toMatchObject({
      step: 'send the configuration',
      outcome: 'unchanged',
    });
    expect(it.cluster.node('cp-1').stage).toBe('MAINTENANCE');
  });
});

describe('a reply that is lost', () => {
  it.each([
    ['before', 2],
    ['after', 1],
  ] as const)('%s the configuration was taken: it is taken once', async (when, count) => {
    const it = await machines();
    it.cluster.node('cp-1').drop(configurationMethods.apply, { when, times: 1 });
    expect(await start(it)).toMatchObject({ awaitsBootstrap: true });
    expect(sent(it)).toBe(count);
  });

  it('leaves it unknown when the machine is gone', async () => {
    const it = await machines();
    it.cluster.node('cp-1').dieAfter(configurationMethods.apply);
    const error = await failureOf(start(it, { timeoutMs: 120_000 }));
    expect(error).toMatchObject({ step: 'send the configuration', outcome: 'unknown' });
    expect(error.message).toContain('the machine does not answer');
    expect(sent(it)).toBe(1);
  });

  it('is none where another configuration is being taken: it is tried again', async () => {
    const it = await machines();
    it.cluster.node('cp-1').fail(configurationMethods.apply, 'failed-precondition', { times: 2 });
    await start(it);
    expect(sent(it)).toBe(3);
  });
});

it('gives a slow machine time', async () => {
  const it = await machines();
  it.cluster.node('cp-1').delay('any', 3_000);
  expect(await start(it)).toMatchObject({ awaitsBootstrap: true });
  expect(sent(it)).toBe(1);
});

it('waits for a machine that is not there yet', async () => {
  const it = await machines();
  const node = it.cluster.node('cp-1');
  node.refuse();
  const onProgress = ({ type }: Progress) => {
    if (type === 'waiting') node.listen();
  };
  expect(await start(it, { onProgress })).toMatchObject({ awaitsBootstrap: true });
});

it('says why the machine does not answer, and at which stage the node is', async () => {
  const it = await machines();
  const node = it.cluster.node('cp-1');
  const undo = node.fail('any', 'unavailable', { message: 'it burns' });
  const silent = await failureOf(start(it, { timeoutMs: 30_000 }));
  expect(silent).toMatchObject({ step: 'reach the machine', outcome: 'unchanged' });
  expect(silent.message).toContain('it burns');
  undo();
  const onProgress = ({ type, step }: Progress) => {
    if (type !== 'step' || step !== 'wait for the node') return;
    node.on(resourcesMethods.get, () => ({
      resource: {
        metadata: { type: 'MachineStatuses.runtime.talos.dev', version: '1' },
        spec: { yamlSpec: 'stage: installing' },
      },
    }));
  };
  const stuck = await failureOf(start(it, { timeoutMs: 30_000, onProgress }));
  expect(stuck).toMatchObject({ step: 'wait for the node', outcome: 'changed' });
  expect(stuck.message).toContain('waiting for the node to be up');
});

it.each([
  'reach the machine',
  'check the configuration',
  'send the configuration',
  'wait for the node',
] as const)('ends with the reason of the caller at the step %s', async (at) => {
  const it = await machines();
  const stop = new AbortController();
  const reason = new Error('enough');
  const onProgress = ({ type, step }: Progress) => {
    if (type === 'step' && step === at) stop.abort(reason);
  };
  await expect(start(it, { signal: stop.signal, onProgress })).rejects.toBe(reason);
  expect(sent(it)).toBe(at === 'wait for the node' ? 1 : 0);
});

it.each([
  ['fingerprints', { fingerprints: undefined }],
  ['trust', { trust: () => true }],
  ['fingerprints[0]', { fingerprints: ['abc'] }],
  ['endpoint', { endpoint: '' }],
  ['target', { node: undefined }],
  ['target', { node: {} }],
])('refuses a machine with a wrong %s', async (field, machine) => {
  const it = await machines();
  const refused = start(it, {}, machine as unknown as Partial<NewMachine>);
  expect(await failureOf(refused)).toMatchObject({ code: 'config', field });
  expect(it.cluster.journal.calls).toEqual([]);
});
