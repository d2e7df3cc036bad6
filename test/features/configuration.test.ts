import { X509Certificate } from 'node:crypto';
import type { ClusterOptions, SimulatedNode } from 'talos-client-testkit';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import {
  type ApplyConfigurationRequest_Mode,
  configuration,
  configurationMethods,
} from '../../generated/features/configuration.js';
import { lifecycle } from '../../generated/features/lifecycle.js';
import { system } from '../../generated/features/system.js';
import { createTalosClient } from '../../src/runtime/client.js';
import { maintenance } from '../../src/runtime/credentials/maintenance.js';
import { mtls } from '../../src/runtime/credentials/mtls.js';
import type { Target } from '../../src/runtime/target.js';
import { fromMs } from '../../src/runtime/time.js';
import { parseTalosconfig } from '../../src/talosconfig/index.js';
import { config } from '../../testkit/src/topics/config/config.js';
import { recordCoverage } from '../support/coverage.js';
import {
  expectCancelled,
  expectDeadline,
  expectRefused,
  failureOf,
  tlsCluster,
} from '../support/feature-calls.js';

const covered = recordCoverage();

async function started() {
  const cluster = covered(await tlsCluster({ workers: 1 }));
  const talos = cluster.client();
  return { cluster, node: cluster.node('worker-1'), target: talos.node('10.5.0.3') };
}

/** The configuration of a node with another host name. */
function renamed(node: SimulatedNode, hostname: string): string {
  const documents = parseAllDocuments(textOf(node)).map((document) => document.toJS());
  return documents
    .map((document) =>
      stringify(
        document.kind === 'HostnameConfig'
          ? { apiVersion: 'v1alpha1', kind: 'HostnameConfig', hostname }
          : document,
      ),
    )
    .join('---\n');
}

function textOf(node: SimulatedNode): string {
  return node.machine.state(config).active?.text ?? '';
}

function apply(
  target: Target,
  text: string,
  mode: ApplyConfigurationRequest_Mode,
  more: { dryRun?: boolean; tryModeTimeout?: { seconds: bigint; nanos: number } } = {},
) {
  return configuration(target).apply({ data: Buffer.from(text), mode, ...more });
}

describe('apply', () => {
  it.each(['AUTO', 'NO_REBOOT'] as const)(
    'with mode %s puts a configuration in force and on disk, without a reboot',
    async (mode) => {
      const { node, target } = await started();
      const { bootId } = node;
      const text = renamed(node, 'renamed');
      const reply = await apply(target, text, mode);
      expect(reply).toMatchObject({
        mode: 'NO_REBOOT',
        modeDetails: 'Applied configuration without a reboot',
      });
      expect((await system(target).hostname()).hostname).toBe('renamed');
      const state = node.machine.state(config);
      expect([state.active?.text, state.persistent?.text]).toEqual([text, text]);
      expect(node.bootId).toBe(bootId);
    },
  );

  it('with mode STAGED puts it on disk alone: the next boot takes it', async () => {
    const { node, target } = await started();
    expect(await apply(target, renamed(node, 'staged'), 'STAGED')).toMatchObject({
      mode: 'STAGED',
    });
    expect(node.name).toBe('worker-1');
    await lifecycle(target).reboot({ mode: 'DEFAULT' });
    await node.until(() => node.machine.boots === 2 && node.stage === 'RUNNING');
    expect(node.name).toBe('staged');
  });

  it('with mode TRY puts it in force for a while', async () => {
    const { node, target } = await started();
    const before = textOf(node);
    const text = renamed(node, 'tried');
    const tryModeTimeout = fromMs(500);
    expect(await apply(target, text, 'TRY', { tryModeTimeout })).toMatchObject({ mode: 'TRY' });
    const state = node.machine.state(config);
    expect([state.active?.text, state.persistent?.text]).toEqual([text, before]);
    await node.until(() => state.active?.text === before);
  });

  it('gives the node its own name again with the configuration that named it none', async () => {
    const { node, target } = await started();
    await apply(target, renamed(node, 'tried'), 'TRY', { tryModeTimeout: fromMs(200) });
    expect((await system(target).hostname()).hostname).toBe('tried');
    await node.until(() => node.name === 'worker-1');
    expect((await system(target).hostname()).hostname).toBe('worker-1');
  });

  it('reverts a configuration that is tried for no time at once', async () => {
    const { node, target } = await started();
    const before = textOf(node);
    await apply(target, renamed(node, 'tried'), 'TRY', { tryModeTimeout: fromMs(0) });
    await node.until(() => textOf(node) === before);
  });

  it.each([
    ['a dry run', { mode: 'NO_REBOOT', dryRun: true, text: undefined }],
    ['an invalid configuration', { mode: 'NO_REBOOT', dryRun: false, text: 'nonsense' }],
    ['the mode that is gone', { mode: 'REBOOT', dryRun: false, text: undefined }],
  ] as const)(
    'keeps what is tried until the reboot after %s',
    async (_, { mode, dryRun, text }) => {
      const { node, target } = await started();
      const tried = renamed(node, 'tried');
      await apply(target, tried, 'TRY', { tryModeTimeout: fromMs(60_000) });
      const state = node.machine.state(config);
      expect(state.isTrying).toBe(true);
      await apply(target, text ?? tried, mode, { dryRun }).catch(() => {});
      expect(state.isTrying).toBe(false);
      expect(state.active?.text).toBe(tried);
      expect(state.persistent?.text).not.toBe(tried);
    },
  );

  it('changes nothing in a dry run, and shows the difference', async () => {
    const { node, target } = await started();
    const reply = await apply(target, renamed(node, 'other'), 'AUTO', { dryRun: true });
    expect(reply.mode).toBe('NO_REBOOT');
    expect(reply.modeDetails).toContain('\nConfig diff:\n\n--- a\n+++ b\n@@ ');
    expect(reply.modeDetails).toContain('-auto: stable');
    expect(reply.modeDetails).toContain('+hostname: other');
    expect(reply.modeDetails).not.toContain('DiscoveryServiceConfig\n endpoint');
    expect(node.name).toBe('worker-1');
    const same = await apply(target, textOf(node), 'AUTO', { dryRun: true });
    expect(same.modeDetails).toMatch(/\nConfig diff:\n\nNo changes\.$/);
  });

  it('warns of what is deprecated', async () => {
    const { cluster, node, target } = await started();
    const old = cluster.machineConfig({
      type: 'worker',
      talosVersion: 'v1.13.0',
      installDisk: '/dev/sda',
    });
    expect(await apply(target, old, 'NO_REBOOT')).toMatchObject({ warnings: [] });
    const files = 'files: [{ path: /var/x, content: x, permissions: 0o644, op: create }]';
    const text = old.replace('    install:', `    ${files}\n    install:`);
    const { warnings } = await apply(target, text, 'NO_REBOOT');
    expect(warnings).toEqual([
      '.machine.files is deprecated; use dedicated configuration documents instead',
    ]);
    expect(node.stage).toBe('RUNNING');
  });

  it('is refused to operators', async () => {
    const { cluster, node } = await started();
    const operator = cluster.client({ role: 'os:operator' }).node('10.5.0.3');
    await expectRefused(apply(operator, textOf(node), 'AUTO'));
  });

  it('ends when the caller gives up', async () => {
    const { node, target } = await started();
    const data = Buffer.from(textOf(node));
    await expectCancelled(node, configurationMethods.apply, (options) =>
      configuration(target).apply({ data, mode: 'AUTO' }, options),
    );
  });

  it('does not know mode REBOOT any more', async () => {
    const { node, target } = await started();
    expect(await failureOf(apply(target, textOf(node), 'REBOOT'))).toMatchObject({
      status: 'unimplemented',
      reason: 'the REBOOT mode is not supported, please use AUTO or NO_REBOOT modes instead',
    });
  });

  it('takes one configuration at a time', async () => {
    const { node, target } = await started();
    const text = textOf(node);
    const outcomes = await Promise.allSettled([
      apply(target, text, 'AUTO'),
      apply(target, text, 'AUTO'),
    ]);
    const failed = outcomes.filter(({ status }) => status === 'rejected');
    expect(failed).toMatchObject([{ reason: { status: 'failed-precondition' } }]);
  });

  const main = 'version: v1alpha1\nmachine:\n  type: worker\n';
  it.each([
    ['is no YAML', 'machine: [', 'line 1:11: is not valid YAML'],
    ['has no document', '---\n', 'holds no document'],
    ['has a document of no kind', 'version: v1alpha1\n', 'line 1:1: has no kind'],
    [
      'has keys that Talos does not know',
      `${main}  tpye: worker\n`,
      'line 4:3: v1alpha1: machine: has no key tpye; did you mean type?',
    ],
    ['has a document of no kind of Talos', 'apiVersion: v1\nkind: Pod\n', 'line 1:1: '],
    [
      'has two documents of one kind and name',
      'apiVersion: v1alpha1\nkind: HostnameConfig\n---\napiVersion: v1alpha1\nkind: HostnameConfig\n',
      'line 4: HostnameConfig: stands twice',
    ],
    [
      'lacks the main document',
      'apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: alone\n',
      "doesn't contain v1alpha1 config",
    ],
    ['lacks what a node needs', main, 'cluster instructions are required'],
  ])('fails when the configuration %s', async (_, text, problem) => {
    const { node, target } = await started();
    const before = textOf(node);
    const error = await failureOf(apply(target, text, 'AUTO'));
    expect(error).toMatchObject({
      status: 'invalid-argument',
      reason: expect.stringContaining(problem),
    });
    expect(textOf(node)).toBe(before);
  });
});

describe('apply in maintenance', () => {
  async function waiting(options: ClusterOptions = {}) {
    const cluster = covered(await tlsCluster({ maintenance: true, ...options }));
    const node = cluster.node('cp-1');
    const talos = createTalosClient({
      endpoints: [node.endpoint],
      credentials: maintenance({ fingerprints: [await node.fingerprint()] }),
    });
    return { cluster, node, talos };
  }

  it('is open to everybody, and makes a node of the cluster with mode REBOOT too', async () => {
    const { cluster, node, talos } = await waiting();
    const text = cluster.machineConfig({ type: 'controlplane', hostname: 'first' });
    expect(await apply(talos, text, 'REBOOT')).toMatchObject({ mode: 'NO_REBOOT' });
    await node.until(() => node.type === 'controlplane');
    await node.until(() => node.machine.isApiUp);
    const admin = cluster.client({ endpoint: 'first' });
    expect((await system(admin).hostname()).hostname).toBe('first');
    const anonymous = createTalosClient({
      endpoints: [node.endpoint],
      credentials: maintenance({ insecure: true }),
    });
    expect(await failureOf(system(anonymous).hostname())).toMatchObject({
      status: 'unavailable',
    });
    await anonymous.close();
    await talos.close();
  });

  it('installs the node when the configuration says so, and boots it from the disk', async () => {
    const { cluster, node, talos } = await waiting();
    const { bootId } = node;
    const stages: string[] = [];
    node.machine.onChange((topic) => {
      if (topic === 'machine' && stages.at(-1) !== node.stage) stages.push(node.stage);
    });
    const text = cluster.machineConfig({ type: 'worker', installDisk: '/dev/sda' });
    await apply(talos, text, 'AUTO');
    await node.until(() => node.machine.boots === 2 && node.type === 'worker');
    expect(stages).toEqual(['BOOTING', 'REBOOTING', 'BOOTING']);
    expect(node.bootId).not.toBe(bootId);
    await talos.close();
  });

  it('tries a configuration, which makes a node of the cluster', async () => {
    const { cluster, node, talos } = await waiting();
    const text = cluster.machineConfig({ type: 'controlplane' });
    const reply = await apply(talos, text, 'TRY', { tryModeTimeout: fromMs(3_600_000) });
    expect(reply).toMatchObject({
      mode: 'TRY',
      modeDetails:
        'Applied configuration without a reboot\n' +
        "The config is applied in 'try' mode and will be automatically reverted back in 1h0m0s",
    });
    await node.until(() => node.type === 'controlplane');
    expect(node.machine.state(config).persistent).toBeUndefined();
    await talos.close();
  });

  it('does not know all modes up to 1.12', async () => {
    const { cluster, node, talos } = await waiting({ talosVersion: 'v1.12.0' });
    const text = cluster.machineConfig({ type: 'worker' });
    for (const [mode, word] of [
      ['NO_REBOOT', 'no-reboot'],
      ['STAGED', 'staged'],
    ] as const) {
      const error = await failureOf(apply(talos, text, mode));
      expect(error).toMatchObject({ status: 'unimplemented' });
      expect(error.message).toContain(`--mode='${word}' is not supported in maintenance mode`);
    }
    const whole = cluster.machineConfig({ type: 'worker', installDisk: '/dev/sda' });
    expect(await apply(talos, whole, 'AUTO', { dryRun: true })).toMatchObject({
      mode: 'REBOOT',
      modeDetails:
        'Dry run summary:\nNode is running in maintenance mode and does not have a config yet.',
    });
    expect(await failureOf(apply(talos, 'machine: [', 'AUTO'))).toMatchObject({
      status: 'unknown',
      reason: expect.stringMatching(/^failed to parse config: /),
    });
    expect(await failureOf(apply(talos, 'machine:\n  type: worker\n', 'AUTO'))).toMatchObject({
      status: 'invalid-argument',
      reason: expect.stringMatching(/^configuration validation failed: 1 error occurred:\n/),
    });
    // It is taken for good, whatever the mode says, and the reply names none.
    expect(await apply(talos, whole, 'TRY')).toMatchObject({ mode: 'REBOOT', modeDetails: '' });
    await node.until(() => node.type === 'worker');
    expect(node.machine.state(config).isTrying).toBe(false);
    await talos.close();
  });

  it('takes parts of a configuration, and goes on waiting for the rest', async () => {
    const { node, talos } = await waiting();
    await apply(
      talos,
      'apiVersion: v1alpha1\nkind: HostnameConfig\nhostname: waiting\n',
      'NO_REBOOT',
    );
    await node.until(() => node.name === 'waiting');
    expect(node.stage).toBe('MAINTENANCE');
    await talos.close();
  });
});

describe('generateClientConfiguration', () => {
  const crtTtl = fromMs(3_600_000);

  it('issues a certificate that works, with the roles that were asked for', async () => {
    const cluster = covered(await tlsCluster());
    const client = configuration(cluster.client());
    const reply = await client.generateClientConfiguration({ roles: ['os:reader'], crtTtl });
    const [ca, cert, key] = [reply.ca, reply.crt, reply.key].map((pem) =>
      Buffer.from(pem).toString(),
    ) as [string, string, string];
    const leaf = new X509Certificate(cert);
    expect(Date.parse(leaf.validTo) - Date.parse(leaf.validFrom)).toBe(3_600_000);
    await using talos = createTalosClient({
      endpoints: cluster.endpoints,
      credentials: mtls({ ca, cert, key }),
    });
    expect((await system(talos).hostname()).hostname).toBe('cp-1');
    await expectRefused(lifecycle(talos).reboot({ mode: 'DEFAULT' }));
  });

  it('gives a talosconfig without endpoints, named by the role and the cluster', async () => {
    const cluster = covered(await tlsCluster());
    const client = configuration(cluster.client());
    const one = await client.generateClientConfiguration({ roles: ['os:reader'], crtTtl });
    const talosconfig = parseTalosconfig(Buffer.from(one.talosconfig).toString());
    expect(talosconfig.currentContext).toBe('reader@talos-sim');
    const two = await client.generateClientConfiguration({
      roles: ['os:reader', 'os:operator'],
      crtTtl,
    });
    const other = parseTalosconfig(Buffer.from(two.talosconfig).toString());
    expect(other.currentContext).toBe('talos-sim');
    expect(other.context().endpoints).toEqual([]);
  });

  it('is refused to operators', async () => {
    const cluster = covered(await tlsCluster());
    const operator = configuration(cluster.client({ role: 'os:operator' }));
    await expectRefused(operator.generateClientConfiguration({ roles: ['os:admin'], crtTtl }));
  });

  it('ends at the deadline of the caller', async () => {
    const cluster = covered(await tlsCluster());
    const client = configuration(cluster.client());
    await expectDeadline(
      cluster.node('cp-1'),
      configurationMethods.generateClientConfiguration,
      (options) => client.generateClientConfiguration({ roles: ['os:admin'], crtTtl }, options),
    );
  });

  it('fails without a lifetime, and on workers', async () => {
    const { cluster, target } = await started();
    const roles = ['os:admin'];
    const client = configuration(cluster.client({ endpoint: 'cp-1' }));
    const none = client.generateClientConfiguration({ roles, crtTtl: fromMs(0) });
    expect(await failureOf(none)).toMatchObject({ status: 'invalid-argument' });
    const worker = configuration(target).generateClientConfiguration({ roles, crtTtl });
    expect(await failureOf(worker)).toMatchObject({ status: 'unimplemented' });
  });
});
