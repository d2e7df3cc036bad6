import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { configuration } from '../../../generated/features/configuration.js';
import { simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import { readArguments, UsageError } from '../../../testkit/src/program/program.js';
import { writeAccess, writeMachineConfigs } from '../../../testkit/src/program/program-files.js';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'testkit-'));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe('the command line', () => {
  it('asks for one control plane that is up when it says nothing', () => {
    expect(readArguments([])).toEqual({
      help: false,
      talosconfig: undefined,
      kubeconfig: undefined,
      machineConfigs: undefined,
      force: false,
      cluster: {
        controlPlanes: 1,
        workers: 0,
        talosVersion: 'v1.14.0',
        maintenance: false,
        seed: 1,
        transport: 'tls',
      },
    });
  });

  it('asks for everything', () => {
    const args =
      '--control-planes 3 --workers 2 --talosconfig f --kubeconfig k --force --maintenance';
    const more = '--talos-version v1.12.3-beta.0 --name lab --seed x --machine-configs d';
    expect(readArguments(`${args} ${more}`.split(' '))).toEqual({
      help: false,
      talosconfig: 'f',
      kubeconfig: 'k',
      machineConfigs: 'd',
      force: true,
      cluster: {
        controlPlanes: 3,
        workers: 2,
        talosVersion: 'v1.12.3-beta.0',
        maintenance: true,
        seed: 'x',
        transport: 'tls',
        clusterName: 'lab',
      },
    });
  });

  it.each([
    [['--workers', '-1'], /workers/],
    [['--workers=two'], /--workers: "two" is no number/],
    [['--control-planes', '0'], /at least one node/],
    [['--control-planes', '10001'], /--control-planes/],
    [['--talos-version', '1.14'], /--talos-version/],
    [['--nonsense'], /nonsense/],
    [['file'], /file/],
  ])('refuses %j and says why', (args, reason) => {
    expect(() => readArguments(args)).toThrow(UsageError);
    expect(() => readArguments(args)).toThrow(reason);
  });
});

describe('the talosconfig that the program writes', () => {
  it('is for its owner alone, and may be written again', async () => {
    const path = join(await folder(), 'talosconfig');
    await writeAccess('talosconfig', path, 'context: a\n', false);
    await writeAccess('talosconfig', path, 'context: b\n', false);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toMatch(/^# .*\ncontext: b\n$/);
  });

  it('does not replace one that somebody else wrote, unless forced', async () => {
    const path = join(await folder(), 'config');
    await writeFile(path, 'context: production\n');
    await expect(writeAccess('talosconfig', path, 'context: a\n', false)).rejects.toThrow(
      UsageError,
    );
    expect(await readFile(path, 'utf8')).toBe('context: production\n');
    await writeAccess('talosconfig', path, 'context: a\n', true);
    expect(await readFile(path, 'utf8')).toContain('context: a\n');
  });
});

describe('the machine configurations that the program writes', () => {
  it('are for their owner alone, and for the nodes of the cluster', async () => {
    await using cluster = await simulateCluster({ maintenance: true, workers: 1 });
    const path = join(await folder(), 'new', 'configs');
    const written = await writeMachineConfigs(path, cluster, false);
    expect(written).toEqual([join(path, 'controlplane.yaml'), join(path, 'worker.yaml')]);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    for (const file of written) expect((await stat(file)).mode & 0o777).toBe(0o600);
    await configuration(cluster.client({ endpoint: 'worker-1' })).apply({
      data: await readFile(join(path, 'worker.yaml')),
      mode: 'AUTO',
    });
    await cluster.node('worker-1').untilStage('REBOOTING');
    expect(cluster.node('worker-1').type).toBe('worker');
  });

  it('do not replace those that somebody else wrote, unless forced', async () => {
    await using cluster = await simulateCluster({ maintenance: true });
    const path = await folder();
    await writeFile(join(path, 'worker.yaml'), 'version: v1alpha1\n');
    await expect(writeMachineConfigs(path, cluster, false)).rejects.toThrow(
      /worker\.yaml is there/,
    );
    expect(await readFile(join(path, 'worker.yaml'), 'utf8')).toBe('version: v1alpha1\n');
    await writeMachineConfigs(path, cluster, true);
    expect(await readFile(join(path, 'worker.yaml'), 'utf8')).toContain('type: worker');
  });
});
