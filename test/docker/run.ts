// What `npm run test:docker` runs: a real cluster in Docker for the read-only suite, and nothing
// left of it afterwards.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const usage = `Usage: npm run test:docker [-- --image IMAGE]

Creates a Talos cluster of one control plane and one worker in Docker with talosctl, runs the suite
of npm run test:live against it, and destroys it.

  --image IMAGE  the Talos to run, such as ghcr.io/siderolabs/talos:v1.14.0
                 (default: the one that talosctl chooses)`;

/** How a command ended. */
interface Ended {
  /** Absent when there is no such command, or it was killed. */
  readonly code: number | null;
  readonly missing: boolean;
  readonly output: string;
}

let stopped: NodeJS.Signals | undefined;
let running: ReturnType<typeof spawn> | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    stopped = signal;
    running?.kill(signal);
  });
}

/** Runs a command to its end, in sight or for its output. */
async function command(
  program: string,
  args: readonly string[],
  { show = true, env = {} }: { show?: boolean; env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  const child = spawn(program, args, {
    stdio: show ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  running = child;
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, missing: false, output };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { code: null, missing: true, output };
  } finally {
    running = undefined;
  }
}

/** What this machine lacks. */
async function lacking(): Promise<readonly string[]> {
  const docker = await command('docker', ['version', '--format', '{{.Server.Version}}'], {
    show: false,
  });
  const talosctl = await command('talosctl', ['version', '--client'], { show: false });
  const reason = ({ output }: Ended) => output.trim().split('\n').at(-1) ?? '';
  return [
    ...(docker.missing ? ['Docker is not installed: there is no command docker'] : []),
    ...(docker.missing || docker.code === 0 ? [] : [`Docker does not work: ${reason(docker)}`]),
    ...(talosctl.missing ? ['talosctl is not installed: there is no command talosctl'] : []),
    ...(talosctl.missing || talosctl.code === 0
      ? []
      : [`talosctl does not work: ${reason(talosctl)}`]),
  ];
}

/** Beside 10.5.0.0/24, which a cluster that is there already has. */
const SUBNET = '10.137.0.0/24';

/**
 * How this talosctl creates a cluster in Docker: by a command of its own since v1.12, which always
 * makes one control plane; by options before.
 */
async function createArguments(
  name: string,
  talosconfig: string,
  image: string | undefined,
): Promise<readonly string[]> {
  const help = await command('talosctl', ['cluster', 'create', 'docker', '--help'], {
    show: false,
  });
  const common = [
    '--name',
    name,
    '--workers',
    '1',
    ...(image === undefined ? [] : ['--image', image]),
  ];
  return help.output.includes('--talosconfig-destination')
    ? [
        ...['cluster', 'create', 'docker', '--subnet', SUBNET],
        ...common,
        '--talosconfig-destination',
        talosconfig,
      ]
    : [
        ...[
          'cluster',
          'create',
          '--provisioner',
          'docker',
          '--cidr',
          SUBNET,
          '--controlplanes',
          '1',
        ],
        ...[...common, '--skip-kubeconfig', '--talosconfig', talosconfig],
      ];
}

/** Creates, tests, destroys. Resolves with the exit code. */
async function main(image: string | undefined): Promise<number> {
  const missing = await lacking();
  if (missing.length > 0) {
    console.error(`Not tested, since this machine lacks what it takes:\n  ${missing.join('\n  ')}`);
    return 2;
  }
  const name = `talos-client-${process.pid}`;
  const folder = await mkdtemp(join(tmpdir(), 'talos-client-docker-'));
  const talosconfig = join(folder, 'talosconfig');
  // What talosctl writes about the cluster stays out of the files of whoever runs this.
  const env = { KUBECONFIG: join(folder, 'kubeconfig'), TALOSCONFIG: talosconfig };
  let code = 1;
  try {
    const created = await command('talosctl', await createArguments(name, talosconfig, image), {
      env,
    });
    if (created.code !== 0) {
      console.error(`talosctl did not create the cluster (exit code ${created.code})`);
    } else if (stopped === undefined) {
      const suite = ['--import', 'tsx', 'test/live/run.ts'];
      code = (await command(process.execPath, suite, { env })).code ?? 1;
    }
  } finally {
    // Whatever happened before, also when nothing was created.
    const destroy = ['cluster', 'destroy', '--name', name];
    const { code: destroyed } = await command('talosctl', destroy, { env });
    if (destroyed !== 0) {
      console.error(`the cluster may be there still: talosctl ${destroy.join(' ')}`);
      code = 1;
    }
    await rm(folder, { recursive: true });
  }
  return stopped === undefined ? code : 1;
}

function readArguments(): string | undefined {
  try {
    return parseArgs({ options: { image: { type: 'string' } } }).values.image;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    process.exit(2);
  }
}

process.exitCode = await main(readArguments());
