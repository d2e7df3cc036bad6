import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClusterOptions, ManualClock } from 'talos-client-testkit';
import { describe, expect, it } from 'vitest';
import { configurationMethods } from '../../generated/features/configuration.js';
import { etcd } from '../../generated/features/etcd.js';
import { lifecycle, lifecycleMethods } from '../../generated/features/lifecycle.js';
import { system, systemMethods } from '../../generated/features/system.js';
import { clusterWithFile, type Ended, run, start, temporaryFolder } from './support.js';

/** A cluster, and a way to run examples with its talosconfig. */
async function started(options: ClusterOptions = { controlPlanes: 3, workers: 2 }) {
  const { cluster, talosconfig } = await clusterWithFile(options);
  return {
    cluster,
    example: (name: string, ...args: readonly string[]) =>
      run([`examples/${name}.ts`, ...args], { TALOSCONFIG: talosconfig }),
  };
}

/** The lines of an example that ended well, and said nothing to complain. */
function linesOf({ code, output, errors }: Ended): readonly string[] {
  expect(errors).toBe('');
  expect(code).toBe(0);
  return output.trimEnd().split('\n');
}

const addresses = ['10.5.0.2', '10.5.0.3', '10.5.0.4', '10.5.0.5', '10.5.0.6'];

describe('the examples', () => {
  it('connect: asks each node for its version', async () => {
    const { example } = await started();
    const [endpoints, roles, ...nodes] = linesOf(await example('connect'));
    expect(endpoints).toMatch(/^endpoints: 127\.0\.0\.1:\d+, /);
    expect(roles).toBe('roles: os:admin');
    expect(nodes).toEqual(addresses.map((address) => `${address}: Talos v1.14.0 on metal`));
  });

  it('services: lists them with their health', async () => {
    const { example } = await started();
    const lines = linesOf(await example('services', '10.5.0.6'));
    expect(lines).toContainEqual(expect.stringMatching(/^kubelet +Running +healthy$/));
    expect(lines.join('\n')).not.toContain('etcd');
    expect(linesOf(await example('services')).join('\n')).toContain('etcd');
  });

  it('follow-logs: prints the lines of all nodes and then cancels its calls', async () => {
    const { cluster, example } = await started();
    const lines = linesOf(await example('follow-logs'));
    expect(lines).toHaveLength(20);
    for (const line of lines) expect(line).toMatch(/^10\.5\.0\.\d: ./);
    for (const { outcome } of cluster.journal) expect(outcome).not.toBe('ok');
  });

  it('live-table: shows the stages of all nodes, through a reboot', async () => {
    const clock = new ManualClock();
    const { cluster, talosconfig } = await clusterWithFile({ controlPlanes: 1, workers: 1, clock });
    const table = start(['examples/live-table.ts'], { TALOSCONFIG: talosconfig });
    const row = (address: string, stage: string, ready: boolean, connection: string) =>
      `│ ${address} │ '${stage}' │ ${ready}`.concat(ready ? '  ' : ' ', `│ '${connection}'`);
    await table.wrote(row('10.5.0.2', 'running', true, 'up'));
    await table.wrote(row('10.5.0.3', 'running', true, 'up'));
    const worker = cluster.client({ retry: false }).node('10.5.0.3');
    const answers = () =>
      system(worker)
        .version({}, { timeoutMs: 1000 })
        .then(
          () => true,
          () => false,
        );
    await lifecycle(worker).reboot({ mode: 'DEFAULT' });
    await table.wrote("'rebooting'");
    while (await answers()) await clock.advance(20);
    await table.wrote("'lost'");
    // The node boots as far as it takes to be asked, and stays there until the table has it.
    while (!(await answers())) await clock.advance(20);
    expect(cluster.node('worker-1').stage).toBe('BOOTING');
    await table.wrote("'booting'");
    table.kill('SIGTERM');
    await table.ended;
  });

  it('follow: tells what the nodes say, and their reboots', async () => {
    const { cluster, talosconfig } = await clusterWithFile({ controlPlanes: 1, workers: 1 });
    const follow = start(['examples/follow.ts'], { TALOSCONFIG: talosconfig });
    await follow.wrote('10.5.0.2: connected');
    await follow.wrote('10.5.0.3: connected');
    cluster.node('worker-1').logs.write('kubelet', 'a line of the test');
    await follow.wrote('10.5.0.3: a line of the test');
    await lifecycle(cluster.client().node('10.5.0.3')).reboot({ mode: 'DEFAULT' });
    await follow.wrote('10.5.0.3: event sequence');
    await follow.wrote('10.5.0.3: disconnected');
    await follow.wrote('10.5.0.3: rebooted, now ');
    follow.kill('SIGTERM');
    await follow.ended;
  });

  it('events: sees the restart that it asks for', async () => {
    const { cluster, example } = await started({});
    const lines = linesOf(await example('events'));
    expect(lines.at(-1)).toMatch(/kubelet: RUNNING/);
    expect(cluster.journal.calls.map(({ rpc }) => rpc)).toContain(
      'machine.MachineService/ServiceRestart',
    );
  });

  it('many-nodes: tells which node failed, and what the others said', async () => {
    const { cluster, example } = await started();
    cluster.node('worker-2').disconnect();
    const lines = linesOf(await example('many-nodes'));
    expect(lines).toHaveLength(5);
    for (const line of lines.slice(0, 4)) expect(line).toMatch(/: load [\d.]+, \d+ KiB available$/);
    expect(lines[4]).toBe('10.5.0.6: unavailable (retriable)');
    cluster.node('cp-1').fail(systemMethods.memory, 'permission-denied');
    const [denied] = linesOf(await example('many-nodes', '10.5.0.2'));
    expect(denied).toBe('10.5.0.2: permission-denied (permanent)');
  });

  it('apply-configuration: tries it first, and keeps it', async () => {
    const { cluster, example } = await started();
    const path = join(await temporaryFolder(), 'worker.yaml');
    await writeFile(path, cluster.machineConfig({ type: 'worker', hostname: 'worker-1' }));
    const lines = linesOf(await example('apply-configuration', path, '10.5.0.5'));
    expect(lines.join('\n')).toContain('+hostname: worker-1');
    expect(lines.at(-1)).toBe('kept');
    const applied = cluster.journal.of(configurationMethods.apply, 'worker-1');
    expect(applied.map(({ request }) => request?.mode)).toEqual(['TRY', 'NO_REBOOT']);
    const again = linesOf(await example('apply-configuration', path, '10.5.0.5'));
    expect(again.at(-1)).toBe('nothing to change');
  });

  it('rolling-reboot: one node after the other', async () => {
    const { cluster, example } = await started({ controlPlanes: 3 });
    const before = cluster.nodes.map(({ bootId }) => bootId);
    const lines = linesOf(await example('rolling-reboot'));
    expect(lines).toEqual([
      ...addresses
        .slice(0, 3)
        .flatMap((address) => [`${address}: rebooting`, `${address}: in its next boot`]),
      '3 nodes are back',
    ]);
    for (const [index, node] of cluster.nodes.entries()) {
      expect(node.bootId).not.toBe(before[index]);
      expect(cluster.journal.of(lifecycleMethods.reboot, node.name)).toHaveLength(1);
    }
  });

  it('etcd-snapshot, new-machine and etcd-restore: a cluster begins anew from its snapshot', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'etcd.snapshot');
    const old = await started();
    const saved = linesOf(await old.example('etcd-snapshot', path));
    const { size, mode } = await stat(path);
    expect(saved.at(-1)).toMatch(new RegExp(`: ${size} bytes of 10.5.0.\\d, digest verified$`));
    expect(saved.length).toBeGreaterThan(1);
    expect(mode & 0o777).toBe(0o600);
    await old.cluster.close();

    const { cluster, example } = await started({ controlPlanes: 1, maintenance: true });
    const node = cluster.node('cp-1');
    const config = join(folder, 'controlplane.yaml');
    await writeFile(
      config,
      cluster.machineConfig({ type: 'controlplane', installDisk: '/dev/sda' }),
    );
    const pin = await node.fingerprint();
    const provisioned = linesOf(
      await example('new-machine', node.endpoint, pin, config, '10.5.0.2'),
    );
    expect(provisioned).toContain('send the configuration');
    expect(provisioned.at(-1)).toMatch(/^10\.5\.0\.2: .* is ready to be bootstrapped$/);

    const damaged = join(folder, 'damaged');
    const bytes = await readFile(path);
    await writeFile(damaged, bytes.fill(0xff, 1000, 1100));
    expect(await example('etcd-restore', damaged, '10.5.0.2')).toMatchObject({
      code: 1,
      errors: expect.stringContaining('is damaged'),
    });
    const restored = linesOf(await example('etcd-restore', path, '10.5.0.2'));
    expect(restored).toContain('bootstrap');
    expect(restored.at(-1)).toBe(`etcd is healthy, with the ${size} bytes of ${path}`);
    const { members } = await etcd(cluster.client()).memberList();
    expect(members).toHaveLength(1);
  });

  it.each([
    ['apply-configuration', 'usage: apply-configuration.ts FILE [node]'],
    ['etcd-restore', 'usage: etcd-restore.ts FILE NODE'],
    ['new-machine', 'usage: new-machine.ts HOST[:PORT] FINGERPRINT FILE NODE'],
  ])('%s: says how to use it', async (name, usage) => {
    expect(await run([`examples/${name}.ts`])).toMatchObject({
      code: 1,
      errors: expect.stringContaining(usage),
    });
  });

  it('testing-your-code: the tests of a retry pass', async () => {
    const path = 'examples/testing-your-code/reboot-once.test.ts';
    const { code, output } = await run(['--test', '--test-reporter=tap', path]);
    expect(output).toMatch(/^# pass 4$/m);
    expect(output).toMatch(/^# fail 0$/m);
    expect(code).toBe(0);
  });

  it('are all here', async () => {
    const files = (await readdir('examples')).filter((name) => name.endsWith('.ts'));
    const folder = 'test/examples';
    const names = (await readdir(folder)).filter((name) => name.endsWith('.test.ts'));
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    const tests = texts.join('');
    const missing = files.filter(
      (name) => !new RegExp(`['/]${name.replace('.ts', '')}`).test(tests),
    );
    expect(missing).toEqual([]);
  });
});
