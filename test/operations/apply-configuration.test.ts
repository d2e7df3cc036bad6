import { describe, expect, it } from 'vitest';
import { configurationMethods } from '../../generated/features/configuration.js';
import { resourcesMethods } from '../../generated/features/resources.js';
import { createMachineConfig, type MachineConfig } from '../../src/machine-config/index.js';
import {
  type ApplyConfigurationOptions,
  type ApplyConfigurationStep,
  applyConfiguration,
  type ConfigurationChange,
} from '../../src/operations/apply-configuration/index.js';
import type { OperationProgress } from '../../src/operations/run/progress.js';
import { config } from '../../testkit/src/topics/config/config.js';
import { services } from '../../testkit/src/topics/services/services.js';
import { failureOf } from '../support/feature-calls.js';
import { type Simulation, simulation } from './support.js';

type Progress = OperationProgress<ApplyConfigurationStep>;

/** Sets a parameter of the kernel. */
const sysctl = (value: string): ConfigurationChange => ({
  patches: [{ apiVersion: 'v1alpha1', kind: 'SysctlConfig', params: { 'vm.swappiness': value } }],
});

function apply(
  { cluster, parts, passing }: Simulation,
  change: ConfigurationChange,
  options: ApplyConfigurationOptions = {},
  client: Parameters<typeof cluster.client>[0] = {},
) {
  const node = cluster.client(client).node('10.5.0.2');
  const tried = options.mode === 'TRY' ? { tryTimeoutMs: 30_000, ...options } : options;
  return passing(applyConfiguration(node, change, tried, parts));
}

const state = ({ cluster }: Simulation) => cluster.node('10.5.0.2').machine.state(config);

/** What the node has in force, and on its disk. */
function values(it: Simulation): readonly (string | undefined)[] {
  const of = (found: MachineConfig | undefined) =>
    found?.get('SysctlConfig')?.params?.['vm.swappiness'];
  const { active, persistent } = state(it);
  return [of(active?.config), of(persistent?.config)];
}

/** The modes that were sent, in their order. */
const sent = ({ cluster }: Simulation): readonly unknown[] =>
  cluster.journal.of(configurationMethods.apply).map(({ request }) => request?.mode);

/** Somebody else changes the configuration of the node. */
function changeElsewhere(it: Simulation, value: string): void {
  const { active } = state(it);
  if (active === undefined) throw new Error('no configuration');
  const params = { 'vm.swappiness': value };
  const next = createMachineConfig([
    ...active.config.documents.filter(({ kind }) => kind !== 'SysctlConfig'),
    { apiVersion: 'v1alpha1', kind: 'SysctlConfig', params },
  ]);
  const text = next.toString();
  state(it).persist({ ...active, text, config: next });
  state(it).activate({ ...active, text, config: next });
}

describe('a change', () => {
  it.each([
    ['NO_REBOOT', ['10', '10']],
    ['STAGED', [undefined, '10']],
  ] as const)('with the mode %s is sent once, and told as a diff', async (mode, expected) => {
    const it = await simulation();
    const result = await apply(it, sysctl('10'), { mode });
    expect(result).toMatchObject({ node: '10.5.0.2', applied: true });
    expect(result.diff).toContain('+    vm.swappiness: "10"');
    expect(result.changes).toMatchObject([{ change: 'added', document: 'SysctlConfig' }]);
    expect(values(it)).toEqual(expected);
    expect(sent(it)).toEqual([mode]);
  });

  it('that changes nothing is not sent, whatever its comments and order', async () => {
    const it = await simulation();
    await apply(it, sysctl('10'));
    const same = (current: MachineConfig) =>
      `# a comment\n${createMachineConfig([...current.documents].reverse()).toString()}`;
    for (const change of [sysctl('10'), same, (current: MachineConfig) => current]) {
      for (const mode of ['NO_REBOOT', 'STAGED', 'TRY'] as const) {
        expect(await apply(it, change, { mode })).toMatchObject({ applied: false, diff: '' });
      }
    }
    expect(sent(it)).toEqual(['NO_REBOOT']);
  });

  it('is a whole configuration too, and keeps its comments on the node', async () => {
    const it = await simulation();
    const text = `# mine\n${it.cluster.machineConfig({ type: 'controlplane', hostname: 'renamed' })}`;
    await apply(it, text);
    expect(state(it).active?.text).toBe(text);
    expect(it.cluster.nodes[0]?.name).toBe('renamed');
  });

  it('that is staged builds on what is staged already', async () => {
    const it = await simulation();
    await apply(it, sysctl('10'), { mode: 'STAGED' });
    const more = {
      patches: [{ apiVersion: 'v1alpha1', kind: 'SysctlConfig', params: { a: 'b' } }],
    };
    await apply(it, more as ConfigurationChange, { mode: 'STAGED' });
    expect(values(it)).toEqual([undefined, '10']);
  });

  it('in force, of what is staged, is refused unless it may be lost', async () => {
    const it = await simulation();
    await apply(it, sysctl('10'), { mode: 'STAGED' });
    const refused = await failureOf(apply(it, sysctl('20')));
    expect(refused).toMatchObject({ code: 'operation', step: 'compare', outcome: 'unchanged' });
    expect(await apply(it, sysctl('20'), { pending: 'replace' })).toMatchObject({ applied: true });
    expect(values(it)).toEqual(['20', '20']);
  });

  it('that is on one side only is a change', async () => {
    const it = await simulation();
    await apply(it, sysctl('10'), { mode: 'STAGED' });
    const { active } = state(it);
    // The whole configuration in force, to be that on the disk too.
    expect(await apply(it, active?.text ?? '')).toMatchObject({ applied: true });
    expect(values(it)).toEqual([undefined, undefined]);
  });

  it('is read for nodes that say nothing of how their resource is written', async () => {
    const it = await simulation({ talosVersion: 'v1.9.0' });
    const node = it.cluster.node('cp-1');
    node.on(resourcesMethods.get, (_call, { type, id }) => {
      const text = state(it).active?.text ?? '';
      const spec = type.startsWith('MachineConfigs')
        ? text
        : 'stage: running\nstatus:\n  ready: true\n';
      return {
        resource: {
          metadata: { type, id, namespace: 'config', version: '1' },
          spec: { yamlSpec: spec },
        },
      };
    });
    const patch = { patches: ['machine:\n  sysctls:\n    vm.swappiness: "10"\n'] };
    expect((await apply(it, patch)).diff).toContain('vm.swappiness');
    expect(await apply(it, patch)).toMatchObject({ applied: false });
    expect(sent(it)).toHaveLength(1);
  });
});

it('a slow node is given time', async () => {
  const it = await simulation();
  it.cluster.node('cp-1').delay('any', 3_000);
  expect(await apply(it, sysctl('10'), { mode: 'TRY' })).toMatchObject({ applied: true });
  expect([values(it), sent(it)]).toEqual([
    ['10', '10'],
    ['TRY', 'NO_REBOOT'],
  ]);
});

it('a dry run sends nothing, and shows no secret', async () => {
  const it = await simulation();
  const token = 'abcdef.0123456789abcdef';
  const change = (current: MachineConfig) =>
    createMachineConfig(
      current.documents.map((document) =>
        document.kind === undefined
          ? { ...document, machine: { ...document.machine, token } }
          : document,
      ),
    );
  const result = await apply(it, change, { dryRun: true });
  expect(result).toMatchObject({ applied: false, changes: [{ path: ['machine', 'token'] }] });
  expect(result.diff).toContain('<redacted');
  expect(JSON.stringify(result)).not.toContain(token);
  const key = state(it).active?.config.v1alpha1?.machine?.ca?.key ?? 'missing';
  expect(JSON.stringify(result)).not.toContain(key.slice(0, 40));
  expect(sent(it)).toEqual([]);
});

describe('a change is refused', () => {
  it('when somebody else was faster', async () => {
    const it = await simulation();
    const change = (current: MachineConfig) => {
      changeElsewhere(it, '99');
      return createMachineConfig([
        ...current.documents,
        { apiVersion: 'v1alpha1', kind: 'SysctlConfig', params: { 'vm.swappiness': '10' } },
      ]);
    };
    const error = await failureOf(apply(it, change));
    expect(error).toMatchObject({ step: 'apply', outcome: 'unchanged' });
    expect(error.message).toContain('changed by somebody else');
    expect([values(it), sent(it)]).toEqual([['99', '99'], []]);
  });

  it('by its own validation, with all problems and before anything is sent', async () => {
    const it = await simulation();
    const broken = { patches: ['machine:\n  type: toaster\n'] };
    expect(await failureOf(apply(it, broken))).toMatchObject({ code: 'machine-config' });
    expect(await failureOf(apply(it, 'machine:\n  tokn: x\n'))).toMatchObject({
      code: 'machine-config',
      problems: [{ line: 2 }],
    });
    expect(sent(it)).toEqual([]);
  });

  it('by the node, which is left as it was', async () => {
    const it = await simulation();
    it.cluster.node('cp-1').fail(configurationMethods.apply, 'invalid-argument', { message: 'no' });
    expect(await failureOf(apply(it, sysctl('10')))).toMatchObject({
      step: 'apply',
      outcome: 'unchanged',
      cause: { status: 'invalid-argument' },
    });
    expect(sent(it)).toHaveLength(1);
  });

  it('to who may not read it', async () => {
    const it = await simulation();
    const error = await failureOf(apply(it, sysctl('10'), {}, { role: 'os:operator' }));
    expect(error).toMatchObject({
      step: 'read the configuration',
      cause: { status: 'permission-denied' },
    });
  });

  it.each([
    ['mode', sysctl('1'), { mode: 'REBOOT' }],
    ['check', sysctl('1'), { check: () => true }],
    ['tryTimeoutMs', sysctl('1'), { tryTimeoutMs: 5 }],
    ['tryTimeoutMs', sysctl('1'), { mode: 'TRY', tryTimeoutMs: 0 }],
    ['change', { patch: 'x' }, {}],
    ['change', () => 7, {}],
  ])('for a wrong %s', async (field, change, options) => {
    const it = await simulation();
    const refused = apply(it, change as ConfigurationChange, options as ApplyConfigurationOptions);
    expect(await failureOf(refused)).toMatchObject({ code: 'config', field });
  });
});

describe('a reply that is lost', () => {
  it.each([
    ['NO_REBOOT', 'before', 2],
    ['NO_REBOOT', 'after', 1],
    ['STAGED', 'before', 2],
    ['STAGED', 'after', 1],
  ] as const)('with the mode %s, %s it ran: it is applied once', async (mode, when, count) => {
    const it = await simulation();
    it.cluster.node('cp-1').drop(configurationMethods.apply, { when, times: 1 });
    expect(await apply(it, sysctl('10'), { mode })).toMatchObject({ applied: true });
    expect(values(it)[1]).toBe('10');
    expect(sent(it)).toHaveLength(count);
  });

  it('leaves it unknown when the node is gone', async () => {
    const it = await simulation();
    const node = it.cluster.node('cp-1');
    node.dieAfter(configurationMethods.apply);
    const error = await failureOf(apply(it, sysctl('10'), { timeoutMs: 60_000 }, { retry: false }));
    expect(error).toMatchObject({ step: 'apply', outcome: 'unknown' });
    expect(error.message).toContain('waiting for a trace of the change');
    expect(sent(it)).toHaveLength(1);
  });

  it('is waited for where the node comes back', async () => {
    const it = await simulation();
    const node = it.cluster.node('cp-1');
    node.dieAfter(configurationMethods.apply);
    const running = apply(it, sysctl('10'));
    while (node.isOn) await new Promise((resolve) => setImmediate(resolve));
    node.powerOn();
    expect(await running).toMatchObject({ applied: true });
    expect(sent(it)).toHaveLength(1);
  });

  it('is nothing to wait for where another change is being applied: it is tried again', async () => {
    const it = await simulation();
    it.cluster.node('cp-1').fail(configurationMethods.apply, 'failed-precondition', { times: 2 });
    expect(await apply(it, sysctl('10'))).toMatchObject({ applied: true });
    expect(sent(it)).toHaveLength(3);
  });
});

describe('with the mode TRY, a change', () => {
  it('is confirmed when the node is as well as before', async () => {
    const it = await simulation();
    const steps: string[] = [];
    const onProgress = ({ type, step }: Progress) => type === 'step' && steps.push(step);
    expect(await apply(it, sysctl('10'), { mode: 'TRY', onProgress })).toMatchObject({
      applied: true,
    });
    expect(values(it)).toEqual(['10', '10']);
    expect(state(it).isTrying).toBe(false);
    expect(sent(it)).toEqual(['TRY', 'NO_REBOOT']);
    expect(steps).toEqual(['read the configuration', 'compare', 'apply', 'check', 'confirm']);
  });

  it.each([
    ['an error', () => Promise.reject(new Error('no route to the office'))],
    ['false', () => false],
  ])('goes back when its check gives %s', async (_what, check) => {
    const it = await simulation();
    const error = await failureOf(apply(it, sysctl('10'), { mode: 'TRY', check }));
    expect(error).toMatchObject({ step: 'go back', outcome: 'unchanged' });
    expect(error.message).toContain('the check failed');
    expect(values(it)).toEqual([undefined, undefined]);
    expect(sent(it)).toEqual(['TRY']);
  });

  it('goes back when the node is worse than before', async () => {
    const it = await simulation();
    const onProgress = ({ type, step }: Progress) => {
      if (type !== 'step' || step !== 'check') return;
      it.cluster.node('cp-1').services.break('kubelet', 'it does not start');
    };
    const error = await failureOf(apply(it, sysctl('10'), { mode: 'TRY', onProgress }));
    expect(error).toMatchObject({ step: 'go back', outcome: 'unchanged' });
    expect(it.cluster.node('cp-1').machine.state(services).isUp('kubelet')).toBe(false);
    expect(sent(it)).toEqual(['TRY']);
    // Nothing goes on behind it.
    const { length } = it.cluster.journal.calls;
    await it.clock.advance(60_000);
    expect(it.cluster.journal.calls).toHaveLength(length);
  });

  it('goes back when its check takes longer than half of the time', async () => {
    const it = await simulation();
    const check = () => new Promise<never>(() => undefined);
    const error = await failureOf(
      apply(it, sysctl('10'), { mode: 'TRY', check, tryTimeoutMs: 9_000 }),
    );
    expect(error.message).toContain('gave up after 4');
    expect(values(it)).toEqual([undefined, undefined]);
  });

  it('that is kept by somebody else is told', async () => {
    const it = await simulation();
    const check = () => {
      state(it).keepTried();
      return false;
    };
    const error = await failureOf(apply(it, sysctl('10'), { mode: 'TRY', check }));
    expect(error).toMatchObject({ step: 'go back', outcome: 'changed' });
    expect(error.message).toContain('did not go back');
  });

  it('is not confirmed when it is not in force any more', async () => {
    const it = await simulation();
    const check = () => {
      state(it).keepTried();
      changeElsewhere(it, '99');
    };
    const error = await failureOf(apply(it, sysctl('10'), { mode: 'TRY', check }));
    expect(error).toMatchObject({ step: 'confirm' });
    expect([values(it), sent(it)]).toEqual([['99', '99'], ['TRY']]);
  });

  it.each(['TRY', 'NO_REBOOT'])('is applied once when the reply to %s is lost', async (lost) => {
    const it = await simulation();
    const node = it.cluster.node('cp-1');
    const drop = () => node.drop(configurationMethods.apply, { when: 'after', times: 1 });
    const onProgress = ({ type, step }: Progress) => {
      if (type === 'step' && step === (lost === 'TRY' ? 'apply' : 'confirm')) drop();
    };
    expect(await apply(it, sysctl('10'), { mode: 'TRY', onProgress })).toMatchObject({
      applied: true,
    });
    expect(values(it)).toEqual(['10', '10']);
    expect(sent(it)).toEqual(['TRY', 'NO_REBOOT']);
  });

  it('goes back by itself when the caller ends it', async () => {
    const it = await simulation();
    const stop = new AbortController();
    const reason = new Error('enough');
    const check = () => stop.abort(reason);
    const running = apply(it, sysctl('10'), { mode: 'TRY', check, signal: stop.signal });
    await expect(running).rejects.toBe(reason);
    await it.until(() => !state(it).isTrying);
    expect(values(it)).toEqual([undefined, undefined]);
    expect(sent(it)).toEqual(['TRY']);
  });
});

it.each(['read the configuration', 'compare', 'apply'] as const)(
  'ends with the reason of the caller at the step %s',
  async (at) => {
    const it = await simulation();
    const stop = new AbortController();
    const reason = new Error('enough');
    const onProgress = ({ type, step }: Progress) => {
      if (type === 'step' && step === at) stop.abort(reason);
    };
    const running = apply(it, sysctl('10'), { signal: stop.signal, onProgress });
    await expect(running).rejects.toBe(reason);
    expect(sent(it)).toEqual([]);
  },
);
