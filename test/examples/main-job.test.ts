import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unpackOne } from '../../examples/main-job/kubeconfig.js';
import { servicesMethods } from '../../generated/features/services.js';
import { cutTarGz } from '../../testkit/src/topics/kubernetes/kubeconfig.js';
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
      'Apply a machine configuration to each',
      'Install, boot, and bootstrap etcd once, on cp-1',
      'Health of the cluster, as it checks itself',
      'Kubeconfig',
      'Versions, side by side',
      'Services, one column a node',
      'Reboot worker-1, with events and logs of all nodes as they come',
      'etcd',
      'Snapshot of etcd, from cp-2',
      'One node cut off: the others answer',
      'All nodes, at the end',
    ]);
    expect(output).toContain('cp-2 with the fingerprint of cp-1: refused, as it should be');
    for (const name of ['cp-1', 'cp-2', 'cp-3', 'worker-1', 'worker-2']) {
      expect(output).toMatch(new RegExp(`^   ${name} +RUNNING and ready$`, 'm'));
    }
    expect(output).toContain('all k8s nodes to report ready: OK');
    expect(output).toContain('context admin@talos-sim, server https://10.5.0.2:6443');
    expect(output).toMatch(/worker-1 +connection lost/);
    expect(output).toMatch(/worker-1 +kubelet: .*Successfully registered node/);
    expect(output).toMatch(/worker-1 +is back: boot id [0-9a-f]{8} before, [0-9a-f]{8} now/);
    expect(output).toContain('saved; the digest at its end is right');
    expect(output).toMatch(/worker-2 +10\.5\.0\.6 +unavailable/);
    const table = output.trimEnd().split('\n').slice(-5);
    for (const row of table) expect(row).toMatch(/ v1\.14\.0 +running +yes +1[02] running$/);
    // Nothing secret is told.
    expect(output).not.toMatch(/PRIVATE KEY|client-key-data/);
  });

  it('ends quietly when nobody reads any more', async () => {
    const story = start([program]);
    await story.wrote('1. Machines');
    story.closeOutput();
    expect(await story.ended).toMatchObject({ code: 1, errors: '' });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends with 1 when it gets a %s', async (signal) => {
    const story = start([program]);
    await story.wrote('3. Install');
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
    expect(output).toContain('left out: its checks read secrets');
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
      'Health of the cluster, as it checks itself',
      'All nodes, at the end',
    ]);
    expect(output.trimEnd().split('\n').slice(-5).join('\n')).toMatch(/^( {3}.* yes .*\n?){5}$/);
  });

  it('calls nothing that acts', async () => {
    const { cluster, talosconfig } = await clusterWithFile({ controlPlanes: 1, workers: 1 });
    expect(await run([program, '--talosconfig', talosconfig])).toMatchObject({ code: 0 });
    const called = new Set(cluster.journal.calls.map(({ rpc }) => rpc.replace(/.*\//, '')));
    expect([...called].sort()).toEqual([
      'EtcdStatus',
      'Events',
      'Get',
      'HealthCheck',
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
    expect(errors).toContain(`error: [unavailable] `);
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

describe('the archive with a kubeconfig', () => {
  it('is read although its end is missing, and refused when content is missing', () => {
    expect(unpackOne(cutTarGz('kubeconfig', 'apiVersion: v1\n', 0))).toBe('apiVersion: v1\n');
    expect(() => unpackOne(cutTarGz('kubeconfig', '', 0))).toThrow('cut short');
  });
});
