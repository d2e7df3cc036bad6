import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemMethods } from '../../generated/features/system.js';
import { clusterWithFile, run, start, temporaryFolder } from '../examples/support.js';

const suite = 'test/live/run.ts';

describe('the suite for a cluster that exists', () => {
  it('passes on the program in another process', async () => {
    const talosconfig = join(await temporaryFolder(), 'talosconfig');
    const args = ['--control-planes', '3', '--workers', '2', '--talosconfig', talosconfig];
    await start(['testkit/src/program/cli.ts', ...args]).wrote('ready');
    const { code, output } = await run([suite], { TALOSCONFIG: talosconfig, NO_COLOR: '1' });
    expect(output).toMatch(/Tests +\d\d passed \(\d\d\)/);
    expect(code).toBe(0);
  });

  it('passes on an older release, without the RPCs that it does not have', async () => {
    const { talosconfig } = await clusterWithFile({ workers: 1, talosVersion: 'v1.12.3' });
    const { code, output } = await run([suite], { TALOSCONFIG: talosconfig, NO_COLOR: '1' });
    expect(output).toMatch(/↓ .*ImageService\/List .*no node of this cluster has it/);
    expect(output).toMatch(/✓ .*MachineService\/ImageList/);
    expect(code).toBe(0);
  });

  it('says what somebody who may only read cannot see', async () => {
    const { cluster, talosconfig } = await clusterWithFile({ workers: 1 });
    await cluster.writeTalosconfig(talosconfig, { role: 'os:reader' });
    const { code, output } = await run([suite], { TALOSCONFIG: talosconfig, NO_COLOR: '1' });
    expect(output).toMatch(/↓ .*HealthCheck .*the certificate has os:reader; needed: os:admin/);
    expect(output).toMatch(/↓ .*MachineService\/Read .*needed: os:admin/);
    expect(output).toMatch(/✓ .*MachineService\/ServiceList/);
    expect(code).toBe(0);
  });

  it('fails when a node does, and looks only at the nodes that are named', async () => {
    const { cluster, talosconfig } = await clusterWithFile({ workers: 2 });
    cluster.node('worker-2').on(systemMethods.memory, () => ({}));
    const env = { TALOSCONFIG: talosconfig, NO_COLOR: '1' };
    const failed = await run([suite], env);
    expect(failed.output).toMatch(/× .*MachineService\/Memory/);
    expect(failed.code).toBe(1);
    const named = await run([suite, '--nodes', '10.5.0.2,10.5.0.3'], env);
    expect(named.output).toMatch(/✓ .*MachineService\/Memory/);
    expect(named.code).toBe(0);
  });

  it.each([
    [{}, [], 'TALOSCONFIG is not set: name the talosconfig of the cluster to look at'],
    [{ TALOSCONFIG: '/nowhere/talosconfig' }, [], 'there is no file /nowhere/talosconfig'],
    [{ TALOSCONFIG: '/nowhere/talosconfig' }, ['--nodse'], "Unknown option '--nodse'"],
  ])('says what is missing, and ends with 2: %j %j', async (env, args, reason) => {
    const { code, output, errors } = await run([suite, ...args], env);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toContain(reason);
    expect(errors).toContain('Usage: TALOSCONFIG=FILE npm run test:live');
  });
});
