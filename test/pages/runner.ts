// Runs programs of pages one after the other, each on a simulated cluster, and tells its parent how
// each ended. The folder with the programs and the list of them come as arguments.
import { Console } from 'node:console';
import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { type AnyMethod, createTalosClient } from 'talos-client';
import { clientOptions, parseTalosconfig } from 'talos-client/talosconfig';
import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { HttpApi } from '../../src/operations/kubernetes/http/http-api.js';
import { credentialsOf } from '../../src/operations/kubernetes/kubeconfig-credentials.js';
import type { Given } from './given.js';
import { testsOf } from './noted-tests.js';
import { addOwnFiles } from './own-files.js';
import { type Scene, scenes } from './scenes.js';
import { shortened } from './shortened.js';

/** A program to run. */
export interface Job {
  readonly file: string;
  readonly page: string;
  readonly isEndless: boolean;
}

/** How a program ended. */
export interface Outcome {
  readonly file: string;
  /** What went wrong; absent when nothing did. */
  readonly problem?: string | undefined;
  /** The lines that it wrote. */
  readonly output: readonly string[];
}

/** After this time a program that has not ended keeps the others from being run. */
const LONGEST_MS = 150_000;

/** How many lines an endless program writes before it is stopped. */
const ENOUGH = 40;

/** Thrown into an endless program where it writes: its loops and resources end as they should. */
class Stopped extends Error {}

/** The RPCs that do something. */
const acting = new Set<string>();
for (const name of readdirSync('generated/features')) {
  const module = (await import(pathToFileURL(join('generated/features', name)).href)) as object;
  for (const [exported, value] of Object.entries(module)) {
    if (!exported.endsWith('Methods')) continue;
    for (const { path, idempotency } of Object.values(value as Record<string, AnyMethod>)) {
      if (idempotency !== 'read') acting.add(path.slice(1));
    }
  }
}

/** Whether anything was done to the cluster that another program could notice. */
function isChanged({ journal, kubernetes }: SimulatedCluster): boolean {
  return (
    journal.calls.some(({ rpc }) => acting.has(rpc)) ||
    kubernetes.requests.some(({ method }) => method !== 'GET')
  );
}

const network = (cluster: SimulatedCluster): string =>
  (cluster.nodes[0]?.address ?? '').replace(/\d+$/, '');

const start = (scene: Scene): Promise<SimulatedCluster> =>
  simulateCluster({
    clusterName: 'prod',
    controlPlanes: 3,
    workers: 2,
    ...scene.cluster,
    transport: 'tls',
    addresses: 'loopback',
    clock: shortened,
  });

let shared: SimulatedCluster | undefined;

/** The cluster for a program: one of its own, or one that nobody has changed yet. */
async function clusterFor(scene: Scene): Promise<SimulatedCluster> {
  if (scene.cluster !== undefined) return start(scene);
  if (shared !== undefined && isChanged(shared)) {
    await shared.close();
    shared = undefined;
  }
  shared ??= await start(scene);
  return shared;
}

/** Something happens on the nodes all the while. */
function liveliness(cluster: SimulatedCluster): () => void {
  const timer = setInterval(() => {
    for (const { logs, kernelLog, isOn, stage } of cluster.nodes) {
      if (!isOn || stage !== 'RUNNING') continue;
      for (const id of ['apid', 'kubelet']) logs.write(id, 'something happened');
      kernelLog.write('something happened');
    }
  }, 10);
  return () => clearInterval(timer);
}

const written: string[] = [];
let stopsAt = Number.POSITIVE_INFINITY;
const sink = new Writable({
  decodeStrings: false,
  write(text: string, _encoding, done) {
    written.push(...text.replace(/\n$/, '').split('\n'));
    done();
  },
});
const writer = new Console({ stdout: sink, stderr: sink, colorMode: false });
for (const name of ['log', 'info', 'warn', 'error', 'table'] as const) {
  console[name] = (...values: unknown[]) => {
    Reflect.apply(writer[name], writer, values);
    if (written.length >= stopsAt) throw new Stopped();
  };
}

const surprises: string[] = [];
process.on('warning', (warning) => surprises.push(String(warning)));
process.on('unhandledRejection', (reason) => surprises.push(`unhandled: ${inspect(reason)}`));

/** The names that programs may use without an import. */
async function given(
  cluster: SimulatedCluster,
  machine: SimulatedCluster,
): Promise<Given & AsyncDisposable> {
  const context = parseTalosconfig(cluster.talosconfig).context();
  const talos = createTalosClient(clientOptions(context));
  const pem = (line: string): string => {
    const value = new RegExp(`^\\s*${line}: (\\S+)$`, 'm').exec(cluster.talosconfig)?.[1] ?? '';
    return Buffer.from(value, 'base64').toString();
  };
  const { server, ...identity } = credentialsOf(cluster.kubernetes.kubeconfig());
  const api = new HttpApi({ servers: [server], ...identity });
  return {
    talos,
    api,
    node: talos.node(cluster.nodes.find(({ name }) => name === 'worker-1')?.address ?? '127.0.0.1'),
    signal: new AbortController().signal,
    ca: pem('ca'),
    cert: pem('crt'),
    key: pem('key'),
    pin: (await machine.nodes[0]?.fingerprint()) ?? '',
    text: cluster.talosconfig,
    async [Symbol.asyncDispose]() {
      api.close();
      await talos.close();
    },
  };
}

async function runJob(folder: string, job: Job, machine: SimulatedCluster): Promise<void> {
  const scene = scenes[job.page] ?? {};
  const cluster = await clusterFor(scene);
  const own = join(folder, `of-${job.file}`);
  addOwnFiles(own);
  process.chdir(own);
  await cluster.writeTalosconfig('talosconfig');
  Object.assign(process.env, { TALOSCONFIG: join(own, 'talosconfig'), HOME: own, YES: '1' });
  await scene.prepare?.(cluster);
  let text = await readFile(join(folder, job.file), 'utf8');
  // Pages have addresses that look like those of a reader.
  const replaced = {
    ...(await scene.replaced?.(cluster)),
    "'node:test'": "'./noted-tests.js'",
  };
  for (const [shown, real] of Object.entries(replaced)) text = text.replaceAll(shown, real);
  text = text
    .replace(/10\.0\.0\.9(?!\d)/g, machine.nodes[0]?.address ?? '')
    .replaceAll('10.0.0.', network(cluster));
  const file = join(own, job.file);
  await writeFile(file, text);

  await using names = await given(cluster, machine);
  Object.assign(globalThis, names);
  stopsAt = job.isEndless ? ENOUGH : Number.POSITIVE_INFINITY;
  const quiet = liveliness(cluster);
  try {
    await import(pathToFileURL(file).href);
    for (const { run } of testsOf(globalThis).splice(0)) await run();
    if (job.isEndless) throw new Error('it was to go on until it is stopped, and has ended');
  } catch (error) {
    if (!(job.isEndless && error instanceof Stopped)) throw error;
  } finally {
    stopsAt = Number.POSITIVE_INFINITY;
    quiet();
    if (cluster !== shared) await cluster.close();
  }
}

const [folder = '', list = '[]'] = process.argv.slice(2);
for (const name of Object.keys(process.env)) {
  if (/^(https?_proxy|no_proxy|talos.*|kubeconfig|sidero.*)$/i.test(name)) delete process.env[name];
}
{
  await using machine = await simulateCluster({
    maintenance: true,
    transport: 'tls',
    addresses: 'loopback',
  });
  for (const job of JSON.parse(list) as readonly Job[]) {
    let problem: string | undefined;
    const stuck = setTimeout(() => {
      const told: Outcome = { file: job.file, problem: 'it did not end', output: written };
      process.send?.(told, () => process.exit(1));
    }, LONGEST_MS);
    try {
      await runJob(folder, job, machine);
    } catch (error) {
      problem = inspect(error);
    }
    clearTimeout(stuck);
    // What is not awaited fails a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    problem ??= surprises[0];
    surprises.length = 0;
    const outcome: Outcome = { file: job.file, problem, output: written.splice(0) };
    process.send?.(outcome);
  }
  await shared?.close();
}
// Programs that left something open keep the process from ending.
process.disconnect?.();
