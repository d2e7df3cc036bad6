import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { servicesMethods } from '../../generated/features/services.js';
import { clusterWithFile, run, start, temporaryFolder } from './support.js';

const program = 'examples/main-job/main.ts';

/** The titles of the steps. */
function steps(output: string): readonly string[] {
  return [...output.matchAll(/^\d+\. (.*)$/gm)].map(([, title]) => title as string);
}

describe('the main job on a simulated cluster', () => {
  it('goes from machines without configuration to a cluster, and ends with a table', async () => {
    const { code, output, errors } = await run([program]);
    expect(errors).toBe('');
    expect(code).toBe(0);
    expect(steps(output)).toEqual([
      'Machines without configuration, known by the fingerprints on their consoles',
      'Configure, install and boot all of them, and bootstrap etcd once',
      'Health of the cluster',
      'Kubeconfig',
      'Versions, side by side',
      'Services, one column a node',
      'Reboot worker-1, with the logs of all nodes as they come',
      'etcd',
      'Snapshot of etcd',
      'Upgrade of all nodes to ghcr.io/siderolabs/installer:v1.14.1, one at a time',
      'One node cut off: the others answer',
      'All nodes, at the end',
    ]);
    expect(output).toContain('cp-2 with the fingerprint of cp-1: refused, as it should be');
    for (const name of ['cp-1', 'cp-2', 'cp-3', 'worker-1', 'worker-2']) {
      expect(output).toMatch(new RegExp(`^   ${name} +has its configuration$`, 'm'));
      expect(output).toMatch(new RegExp(`^   ${name} +is a (?:controlplane|worker), `, 'm'));
      // One line for each node that is upgraded.
      expect(
        output.match(new RegExp(`^   ${name} .*install, .*boot, .*verify, `, 'gm')),
      ).toHaveLength(1);
      expect(output).toMatch(new RegExp(`^   ${name} +v1\\.14\\.0 before, v1\\.14\\.1 now$`, 'm'));
    }
    expect(output).toContain('etcd bootstrapped');
    expect(output).toContain('nodes ready: passed');
    expect(output).not.toMatch(/: (?:failed|skipped)/);
    expect(output).toContain('context admin@talos-sim, server https://');
    expect(output).toMatch(/worker-1 +drain/);
    expect(output).toMatch(/worker-1 +kubelet: .*Successfully registered node/);
    expect(output).toMatch(/worker-1 +is back: boot id [0-9a-f]{8} before, [0-9a-f]{8} now/);
    expect(output).toMatch(/saved; its digest is right: [0-9a-f]{16}/);
    expect(output).toMatch(/worker-2 +10\.5\.0\.6 +unavailable/);
    const table = output.trimEnd().split('\n').slice(-5);
    for (const row of table) expect(row).toMatch(/ v1\.14\.1 +running +yes +1[02] running$/);
    // Nothing secret is told.
    expect(output).not.toMatch(/PRIVATE KEY|client-key-data/);
  }, 240_000);

  it('ends quietly when nobody reads any more', async () => {
    const story = start([program]);
    await story.wrote('1. Machines');
    story.closeOutput();
    expect(await story.ended).toMatchObject({ code: 1, errors: '' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 1 when it gets a %s', async (signal) => {
    const story = start([program]);
    await story.wrote('2. Configure');
    story.kill(signal);
    const { code, errors } = await story.ended;
    expect(code).toBe(1);
    expect(errors).toBe('\nerror: interrupted\n');
  });
});

describe('the main job on a cluster that exists', () => {
  it('shows to somebody who may only read what that role may see', async () => {
    const { cluster, talosconfig } = await clusterWithFile({ workers: 1 });
    await cluster.writeTalosconfig(talosconfig, { role: 'os:reader' });
    const { code, output, errors } = await run([program, '--talosconfig', talosconfig]);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toContain('apid: passed');
    expect(output).toContain('etcd: passed');
    expect(output).toMatch(/cp-1 .* controlplane .* yes /);
  });

  it('looks at all nodes of the program in another process, and changes nothing', async () => {
    const talosconfig = join(await temporaryFolder(), 'talosconfig');
    const args = ['--control-planes', '3', '--workers', '2', '--talosconfig', talosconfig];
    await start(['testkit/src/program/cli.ts', ...args]).wrote('ready');
    const { code, output, errors } = await run([program, '--talosconfig', talosconfig]);
    expect(errors).toBe('');
    expect(code).toBe(0);
    expect(steps(output)).toEqual([
      `The cluster of ${talosconfig}`,
      'Versions, side by side',
      'Services, one column a node',
      'etcd',
      'The last events of each node',
      'The last lines of each kubelet',
      'Health of the cluster',
      'All nodes, at the end',
    ]);
    expect(output.trimEnd().split('\n').slice(-5).join('\n')).toMatch(/^( {3}.* yes .*\n?){5}$/);
  });

  it('calls nothing that acts', async () => {
    const { cluster, talosconfig } = await clusterWithFile({ controlPlanes: 1, workers: 1 });
    expect(await run([program, '--talosconfig', talosconfig])).toMatchObject({ code: 0 });
    const called = new Set(cluster.journal.calls.map(({ rpc }) => rpc.replace(/.*\//, '')));
    expect([...called].sort()).toEqual([
      'EtcdMemberList',
      'EtcdStatus',
      'Events',
      'Get',
      'List',
      'Logs',
      'ServiceList',
      'Version',
    ]);
  });

  it('finds the members when nobody names the nodes', async () => {
    const { cluster, talosconfig } = await clusterWithFile({ controlPlanes: 1, workers: 1 });
    await writeFile(talosconfig, cluster.talosconfig.replace(/ +nodes:\n( +- .*\n)+/, ''));
    const { code, output } = await run([program, '--talosconfig', talosconfig]);
    expect(code).toBe(0);
    expect(output).toContain('nodes cp-1, worker-1');
  });

  it('shows what it can, and ends with 1, when a node fails', async () => {
    const { cluster, talosconfig } = await clusterWithFile({ controlPlanes: 1, workers: 2 });
    cluster.node('worker-2').fail(servicesMethods.list, 'internal', { message: 'out of order' });
    const { code, output, errors } = await run([program, '--talosconfig', talosconfig]);
    expect(code).toBe(1);
    expect(errors).toBe('\nerror: some nodes failed: worker-2\n');
    expect(output).toContain('ServiceList on 10.5.0.4: out of order');
    expect(output).toMatch(/worker-1 +10\.5\.0\.3 +worker .* yes /);
  });

  it('looks at the nodes that are named', async () => {
    const { talosconfig } = await clusterWithFile({ controlPlanes: 1, workers: 2 });
    const args = [program, '--talosconfig', talosconfig, '--nodes', '10.5.0.2,10.5.0.4'];
    const { code, output } = await run(args);
    expect(code).toBe(0);
    expect(output).toContain('nodes cp-1, worker-2\n');
    expect(output).not.toMatch(/^ +worker-1/m);
  });

  it('says which file or context is not there', async () => {
    const { talosconfig } = await clusterWithFile({});
    expect(await run([program, '--talosconfig', `${talosconfig}-2`])).toEqual({
      code: 1,
      output: '',
      errors: `\nerror: talosconfig ${talosconfig}-2: there is no such file, named by the option \`path\`\n`,
    });
    expect(await run([program, '--talosconfig', talosconfig, '--context', 'lab'])).toEqual({
      code: 1,
      output: '',
      errors: `\nerror: talosconfig ${talosconfig}: contexts: there is no context "lab"; there is "talos-sim"\n`,
    });
  });

  it('says what is wrong with an endpoint that nobody answers at', async () => {
    const { cluster, talosconfig } = await clusterWithFile({});
    const [endpoint] = cluster.endpoints;
    await cluster.close();
    const { code, errors } = await run([program, '--talosconfig', talosconfig]);
    expect(code).toBe(1);
    expect(errors).toContain('error: discoverNodes: read members: [unavailable] ');
    expect(errors).toContain(`no connection to ${endpoint}: connect ECONNREFUSED`);
    expect(errors).not.toContain('    at ');
  });
});

describe('the command line of the main job', () => {
  it.each([
    [['--nonsense'], "Unknown option '--nonsense'"],
    [['--context', 'lab'], '--context and --nodes need --talosconfig FILE'],
    [['--talosconfig', 'f', '--nodes', 'a,,b'], '--nodes: "a,,b" has an empty entry'],
  ])('is refused with the reason and the usage: %j', async (args, reason) => {
    const { code, output, errors } = await run([program, ...args]);
    expect({ code, output }).toEqual({ code: 1, output: '' });
    expect(errors).toContain(`error: ${reason}`);
    expect(errors).toContain('Usage: npm start');
  });

  it('explains itself', async () => {
    const { code, output, errors } = await run([program, '--help']);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toContain('--talosconfig FILE');
  });
});
