import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clusterWithFile, run, start, temporaryFolder } from '../examples/support.js';

const program = 'test/docker/run.ts';

/** A folder with commands in the place of Docker and talosctl, and what was asked of them. */
async function machine(commands: Readonly<Record<string, string>>) {
  const path = await temporaryFolder();
  for (const [name, script] of Object.entries(commands)) {
    const file = join(path, name);
    // Only what is in the shell itself: nothing else is on the path.
    await writeFile(file, `#!/bin/sh\necho "${name} $*" >> "${path}/asked"\n${script}\n`);
    await chmod(file, 0o755);
  }
  return {
    env: { PATH: path },
    asked: async () => (await readFile(join(path, 'asked'), 'utf8')).trimEnd().split('\n'),
  };
}

/** A talosctl that hands out the talosconfig of a cluster when it is told to create one. */
function talosctl(talosconfig: string, { help = '', destroy = 'exit 0' } = {}): string {
  return `case "$*" in
  *--help) echo "${help}" ;;
  "cluster create"*)
    for destination; do :; done
    while IFS= read -r line; do echo "$line"; done < "${talosconfig}" > "$destination" ;;
  "cluster destroy"*) ${destroy} ;;
esac`;
}

const newer = '--talosconfig-destination string';

describe('the suite on a cluster in Docker', () => {
  it('creates one, tests it, and destroys it', async () => {
    const { talosconfig } = await clusterWithFile({ workers: 1 });
    const { env, asked } = await machine({
      docker: '',
      talosctl: talosctl(talosconfig, { help: newer }),
    });
    const { code, output } = await run([program], { ...env, NO_COLOR: '1' });
    expect(output).toMatch(/Tests +\d\d passed/);
    expect(code).toBe(0);
    const calls = await asked();
    expect(calls.map((call) => call.split(' ').slice(0, 4).join(' '))).toEqual([
      'docker version --format {{.Server.Version}}',
      'talosctl version --client',
      'talosctl cluster create docker',
      'talosctl cluster create docker',
      'talosctl cluster destroy --name',
    ]);
    const [create, destroy] = calls.slice(-2);
    expect(create).toMatch(/--workers 1 --talosconfig-destination \S+\/talosconfig$/);
    expect(destroy?.split(' ').at(-1)).toBe(/--name (\S+)/.exec(create ?? '')?.[1]);
  });

  it('creates one with a talosctl before v1.12, of the image that is named', async () => {
    const { talosconfig } = await clusterWithFile({ workers: 1 });
    const { env, asked } = await machine({ docker: '', talosctl: talosctl(talosconfig) });
    const { code } = await run([program, '--image', 'talos:v1.11.0'], env);
    expect(code).toBe(0);
    const create = (await asked()).at(-2);
    expect(create).toMatch(/^talosctl cluster create --provisioner docker .* --controlplanes 1 /);
    expect(create).toMatch(/ --image talos:v1\.11\.0 --skip-kubeconfig --talosconfig \S+$/);
  });

  it('destroys what there is when the creation fails', async () => {
    const { env, asked } = await machine({
      docker: '',
      talosctl:
        'case "$*" in "cluster create docker --subnet"*) exit 7 ;; *--help) echo "--talosconfig-destination" ;; esac',
    });
    const { code, errors } = await run([program], env);
    expect(code).toBe(1);
    expect(errors).toContain('talosctl did not create the cluster (exit code 7)');
    expect((await asked()).at(-1)).toMatch(/^talosctl cluster destroy --name talos-client-\d+$/);
  });

  it('destroys it when it is stopped', async () => {
    const { env, asked } = await machine({
      docker: '',
      talosctl: `case "$*" in *--help) ;; "cluster create"*) echo creating; read -r forever < /dev/zero ;; esac`,
    });
    const testing = start([program], env);
    await testing.wrote('creating');
    testing.kill('SIGTERM');
    expect((await testing.ended).code).toBe(1);
    expect((await asked()).at(-1)).toMatch(/^talosctl cluster destroy/);
  });

  it('says how to destroy it when that fails', async () => {
    const { talosconfig } = await clusterWithFile({ workers: 1 });
    const { env } = await machine({
      docker: '',
      talosctl: talosctl(talosconfig, { help: newer, destroy: 'exit 1' }),
    });
    const { code, errors } = await run([program], env);
    expect(code).toBe(1);
    expect(errors).toMatch(/may be there still: talosctl cluster destroy --name talos-client-\d+/);
  });

  it.each([
    [
      {},
      [
        'Docker is not installed: there is no command docker',
        'talosctl is not installed: there is no command talosctl',
      ],
    ],
    [
      { docker: 'echo "Cannot connect to the Docker daemon" >&2; exit 1', talosctl: '' },
      ['Docker does not work: Cannot connect to the Docker daemon'],
    ],
    [{ docker: '', talosctl: 'echo broken >&2; exit 1' }, ['talosctl does not work: broken']],
  ])('says what is missing, and ends with 2: %j', async (commands, reasons) => {
    const { env } = await machine(commands);
    const { code, output, errors } = await run([program], env);
    expect({ code, output }).toEqual({ code: 2, output: '' });
    expect(errors).toBe(
      `Not tested, since this machine lacks what it takes:\n${reasons.map((reason) => `  ${reason}\n`).join('')}`,
    );
  });

  it('says how to use it', async () => {
    const { code, errors } = await run([program, '--nonsense']);
    expect(code).toBe(2);
    expect(errors).toContain("Unknown option '--nonsense'");
    expect(errors).toContain('Usage: npm run test:docker');
  });
});
