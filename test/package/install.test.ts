import { type ExecFileException, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sourcesOf } from '../support/subpaths.js';
import { pack } from './pack.js';

const run = promisify(execFile);
const tsc = resolve('node_modules/typescript/bin/tsc');
const folder = mkdtempSync(join(tmpdir(), 'talos-client-package-'));
const app = join(folder, 'app');
let archive: string;

// `npm run test:package` has npm install the archive, from its registry or its cache. By default
// the archive is unpacked and its dependencies are links, as tests reach nothing but loopback.
const installer = process.env.TALOS_CLIENT_INSTALL === 'npm' ? 'npm' : 'links';

async function node(...args: string[]): Promise<string> {
  try {
    // A program that does not end fails with what it said.
    const { stdout } = await run(process.execPath, args, { cwd: app, timeout: 40_000 });
    return stdout.trim();
  } catch (error) {
    // What a compiler has to say is on stdout.
    const { stdout, stderr, killed } = error as ExecFileException;
    const what = killed === true ? 'did not end' : 'failed';
    throw new Error(`node ${args.join(' ')} ${what}:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Compiles a program that uses the package, as strict as TypeScript can be. */
async function compile(file: string, text: string, ...options: string[]): Promise<string> {
  writeFileSync(join(app, file), text);
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess'];
  const common = ['--noEmit', '--target', 'es2022', '--types', 'node'];
  return node(tsc, ...strict, ...common, ...options, file);
}

/** Makes a package of the work tree one of the app, unless the app has it. */
function link(name: string): void {
  const place = join(app, 'node_modules', name);
  if (existsSync(place)) return;
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(resolve('node_modules', name), place);
}

beforeAll(async () => {
  const client = await pack('.', folder, []);
  const testkit = await pack('testkit', folder, [client]);
  archive = client.archive;

  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "private": true, "type": "module" }');
  const packed = [client, testkit];
  if (installer === 'npm') {
    const archives = packed.map(({ archive }) => archive);
    await run('npm', ['install', '--no-audit', '--no-fund', ...archives], { cwd: app });
  } else {
    for (const { folder: built, archive } of packed) {
      const installed = join(app, 'node_modules', basename(built));
      mkdirSync(installed, { recursive: true });
      await run('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
    }
    for (const name of ['@grpc/grpc-js', 'yaml']) link(name);
  }
  for (const name of ['@types/node', 'undici-types']) link(name);
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The files of the package, without its folder. */
async function packed(): Promise<string[]> {
  const installed = join(app, 'node_modules/talos-client');
  const all = readdirSync(installed, { recursive: true, withFileTypes: true });
  return all
    .filter((entry) => entry.isFile())
    .map((entry) => relative(installed, join(entry.parentPath, entry.name)));
}

describe('what is published', () => {
  it('holds no testkit, no maps of generated code and no reference pages', async () => {
    const files = await packed();
    expect(files).toEqual(expect.arrayContaining(['README.md', 'dist/src/index.js']));
    const unwanted =
      /testkit|^docs\/reference|^dist\/(?:cjs\/.*|generated\/(?!full).*)\.map$|\.ts\.map$/;
    expect(files.filter((file) => unwanted.test(file))).toEqual([]);
  });

  it('has the maps of what is written by hand, with its text', async () => {
    const maps = (await packed()).filter((file) => file.endsWith('.js.map'));
    expect(maps).toContain('dist/src/talosconfig/index.js.map');
    for (const file of maps) {
      const text = readFileSync(join(app, 'node_modules/talos-client', file), 'utf8');
      const map = JSON.parse(text) as { sources: string[]; sourcesContent: (string | null)[] };
      map.sources.forEach((source, index) => {
        const isGenerated = /(?:^|\/)generated\//.test(source);
        expect(map.sourcesContent[index] === null, `${file}: ${source}`).toBe(isGenerated);
      });
    }
  });

  it('has no hashes in the names of files', async () => {
    const names = (await packed()).map((file) => basename(file));
    expect(names.filter((name) => /[A-Z0-9]{8}\.js$/.test(name))).toEqual([]);
  });

  it('every page that the README leads to is there', async () => {
    const files = await packed();
    const readme = readFileSync(join(app, 'node_modules/talos-client/README.md'), 'utf8');
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path);
    expect(links.length).toBeGreaterThan(5);
    // Pictures are for those who read it in the repository.
    const pages = links.filter((path) => path?.endsWith('.png') !== true);
    expect(pages.filter((path) => !files.includes(path ?? ''))).toEqual([]);
  });

  it('is as large as the README says, give or take a tenth', () => {
    const kib = statSync(archive).size / 1024;
    const [, stated = ''] =
      /package takes ([\d,]+) KiB to download/.exec(readFileSync('README.md', 'utf8')) ?? [];
    const due = Number(stated.replace(',', ''));
    expect(due).toBeGreaterThan(0);
    expect(kib, 'the archive in KiB').toBeLessThan(due * 1.1);
    expect(kib, 'the archive in KiB').toBeGreaterThan(due * 0.9);
  });
});

describe(`the package, installed in an empty folder (${installer})`, () => {
  it('works from an ES module', async () => {
    writeFileSync(
      join(app, 'main.mjs'),
      `import { createTalosClient, plaintext } from 'talos-client';
       import { etcd } from 'talos-client/etcd';
       import { parseTalosconfig } from 'talos-client/talosconfig';
       import { TalosClient } from 'talos-client/full';
       const talos = createTalosClient({ endpoints: ['127.0.0.1'], credentials: plaintext() });
       console.log(typeof etcd(talos.node('10.5.0.2')).memberList, typeof parseTalosconfig, typeof TalosClient);
       await talos.close();`,
    );
    expect(await node('main.mjs')).toBe('function function function');
  });

  it('works from CommonJS', async () => {
    writeFileSync(
      join(app, 'main.cjs'),
      `const { createTalosClient, plaintext } = require('talos-client');
       const { logs } = require('talos-client/logs');
       const talos = createTalosClient({ endpoints: ['127.0.0.1'], credentials: plaintext() });
       console.log(typeof logs(talos).dmesg);
       talos.close();`,
    );
    expect(await node('main.cjs')).toBe('function');
  });

  it('is watched without further packages; what needs a peer names it', async () => {
    writeFileSync(
      join(app, 'watched.mjs'),
      `import { createTalosClient, plaintext } from 'talos-client';
       import { logging } from 'talos-client/logging';
       import { system } from 'talos-client/system';
       const lines = [];
       const write = (fields, message) => lines.push(message);
       logging({ logger: { debug: write, info: write, warn: write, error: write } });
       const talos = createTalosClient({ endpoints: ['127.0.0.1:1'], credentials: plaintext() });
       await system(talos).version({}, { timeoutMs: 5000 }).catch(() => {});
       await talos.close();
       console.log(lines.includes('connecting failed'), lines.includes('call ended'));
       for (const name of ['opentelemetry', 'prometheus', 'fleet/dbos']) {
         const error = await import('talos-client/' + name).catch((error) => error);
         console.log(error.code, /package '(.*?)'/.exec(error.message)?.[1]);
       }`,
    );
    expect((await node('watched.mjs')).split('\n')).toEqual([
      'true true',
      'ERR_MODULE_NOT_FOUND @opentelemetry/api',
      'ERR_MODULE_NOT_FOUND prom-client',
      'ERR_MODULE_NOT_FOUND @dbos-inc/dbos-sdk',
    ]);
  });

  it('an error of one module system is an instance of its class in the other', async () => {
    writeFileSync(
      join(app, 'both.mjs'),
      `import { createRequire } from 'node:module';
       import { isTalosError, TalosConfigError, TalosRpcError } from 'talos-client';
       const common = createRequire(import.meta.url)('talos-client');
       const error = new common.TalosConfigError('no');
       console.log(common.TalosConfigError === TalosConfigError, error instanceof TalosConfigError,
         error instanceof TalosRpcError, isTalosError(error),
         new TalosConfigError('no') instanceof common.TalosConfigError);`,
    );
    expect(await node('both.mjs')).toBe('false true false true true');
  });

  it('has types for a strict TypeScript program', async () => {
    const program = `
      import { createTalosClient, lines } from 'talos-client';
      import { logs } from 'talos-client/logs';
      import { services } from 'talos-client/services';
      import { loadTalosconfig } from 'talos-client/talosconfig';
      await using talos = createTalosClient(await loadTalosconfig());
      const list = await services(talos.node('10.0.0.2')).list();
      const ids: string[] = list.services.map(({ id }) => id);
      for await (const { node, value } of talos.nodes(['10.0.0.2']).merge((each) =>
        lines(logs(each).dmesg({ follow: true })))) console.log(node, value, ids);`;
    expect(await compile('main.ts', program, '--module', 'nodenext')).toBe('');
  });

  it('has types for a CommonJS program, and for bundlers', async () => {
    const program = `
      import { createTalosClient, plaintext } from 'talos-client';
      import { type EtcdMembers, etcd } from 'talos-client/etcd';
      export async function members(address: string): Promise<EtcdMembers> {
        const talos = createTalosClient({ endpoints: [address], credentials: plaintext() });
        return etcd(talos).memberList();
      }`;
    expect(await compile('common.cts', program, '--module', 'nodenext')).toBe('');
    expect(await compile('common16.cts', program, '--module', 'node16')).toBe('');
    const bundler = ['--module', 'esnext', '--moduleResolution', 'bundler'];
    expect(await compile('bundled.ts', program, ...bundler)).toBe('');
  });

  it('bundles a program over http2 without any other package', async () => {
    const { metafile } = await build({
      stdin: {
        contents: `export { createTalosClient, mtls } from 'talos-client/http2';
          export { etcd } from 'talos-client/etcd';`,
        resolveDir: app,
      },
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
    });
    const packages = Object.keys(metafile.inputs).flatMap(
      (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
    );
    expect([...new Set(packages)]).toEqual(['talos-client']);
  });

  const names = [...sourcesOf().keys()].map((name) =>
    name === 'index' ? 'talos-client' : `talos-client/${name}`,
  );

  it('every subpath can be imported and required, and has types', async () => {
    // Peers that only those need who import their subpaths.
    for (const name of ['@dbos-inc/dbos-sdk', '@opentelemetry/api', 'pg', 'prom-client']) {
      link(name);
    }
    const list = names.map((name) => `import('${name}')`).join(', ');
    writeFileSync(
      join(app, 'all.mjs'),
      `const all = await Promise.all([${list}]);
       console.log(all.length, all.filter((module) => Object.keys(module).length === 0).length);`,
    );
    expect(await node('all.mjs')).toBe(`${names.length} 0`);
    const requires = names.map((name) => `require('${name}')`).join(', ');
    writeFileSync(
      join(app, 'all.cjs'),
      `const all = [${requires}];
       console.log(all.length, all.filter((module) => Object.keys(module).length === 0).length);`,
    );
    expect(await node('all.cjs')).toBe(`${names.length} 0`);
    const imports = names.map((name, index) => `import * as m${index} from '${name}';`);
    const uses = names.map((_, index) => `m${index}`).join(', ');
    const program = `${imports.join('\n')}\nexport const all: object[] = [${uses}];`;
    expect(await compile('all.ts', program, '--module', 'nodenext')).toBe('');
  });

  it('a feature is read from three files, and so is http2; the root from one more', () => {
    const dist = join(app, 'node_modules/talos-client/dist');
    const loaded = (file: string, found = new Set<string>()): Set<string> => {
      if (found.has(file)) return found;
      found.add(file);
      for (const [, path] of readFileSync(file, 'utf8').matchAll(/^(?:import|\}).*"(\..*)";$/gm)) {
        loaded(join(dirname(file), path ?? ''), found);
      }
      return found;
    };
    expect(loaded(join(dist, 'generated/features/etcd.js')).size).toBe(3);
    expect(loaded(join(dist, 'src/http2.js')).size).toBe(3);
    expect(loaded(join(dist, 'src/index.js')).size).toBe(4);
  });

  it('simulates a cluster with the testkit beside it, over sockets too; errors are those of the client', async () => {
    writeFileSync(
      join(app, 'cluster.mjs'),
      `import { TalosRpcError } from 'talos-client';
       import { etcd, etcdMethods } from 'talos-client/etcd';
       import { simulateCluster } from 'talos-client-testkit';
       const cluster = await simulateCluster({ controlPlanes: 3 });
       const node = cluster.client().node('10.5.0.2');
       console.log((await etcd(node).memberList()).members.length);
       cluster.node('cp-1').fail(etcdMethods.memberList, 'unavailable');
       const error = await etcd(node).memberList().catch((error) => error);
       console.log(error instanceof TalosRpcError, error.status);
       await cluster.close();
       const sockets = await simulateCluster({ transport: 'tls' });
       const cp = sockets.client().node('10.5.0.2');
       console.log((await etcd(cp).memberList()).members.length);
       await sockets.close();`,
    );
    expect((await node('cluster.mjs')).split('\n')).toEqual(['3', 'true unavailable', '1']);
    const program = 'node_modules/talos-client-testkit/dist/src/program/cli.js';
    expect(await node(program, '--help')).toContain('Usage: talos-client-testkit');
  });

  it('the program of the testkit ends with the npx that started it, and serves until then', async () => {
    const bin = join(app, 'node_modules/.bin/talos-client-testkit');
    if (!existsSync(bin)) {
      mkdirSync(dirname(bin), { recursive: true });
      symlinkSync('../talos-client-testkit/dist/src/program/cli.js', bin);
      chmodSync(bin, 0o755);
    }
    // In a group of its own, so that nothing of it outlives the test.
    const npx = spawn('npx', ['--no', '--', 'talos-client-testkit', '--workers', '1'], {
      cwd: app,
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
    try {
      const closed = once(npx, 'close');
      let output = '';
      const ready = new Promise<void>((resolve) => {
        npx.stdout.on('data', (chunk) => {
          output += chunk;
          if (output.includes('ready')) resolve();
        });
      });
      await Promise.race([ready, closed]);
      // A signal that npx passes on to a shell, and nobody to the program.
      npx.kill('SIGTERM');
      expect(output).toContain('worker-1');
      // The output is the program's: it is closed when the program has ended.
      await closed;
    } finally {
      try {
        process.kill(-(npx.pid ?? 0), 'SIGKILL');
      } catch {
        // All of it has ended.
      }
    }
  });

  it('the testkit has types for a strict TypeScript program', async () => {
    const program = `
      import type { TalosClient } from 'talos-client';
      import { lifecycleMethods } from 'talos-client/lifecycle';
      import { ManualClock, type SimulatedNode, simulateCluster } from 'talos-client-testkit';
      await using cluster = await simulateCluster({ workers: 1, clock: new ManualClock() });
      const worker: SimulatedNode = cluster.node('worker-1');
      worker.drop(lifecycleMethods.reboot, { times: 1 });
      export const client: TalosClient = cluster.client();`;
    expect(await compile('testkit.ts', program, '--module', 'nodenext')).toBe('');
  });

  it('resource specs have decoders and types of their own', async () => {
    const program = `
      import { fromBytes } from 'talos-client';
      import { decodeMachineStatusSpec, type MachineStatusSpec } from 'talos-client/definitions/runtime';
      const spec: MachineStatusSpec = fromBytes(decodeMachineStatusSpec, new Uint8Array());
      // @ts-expect-error: a spec has the fields of the contract, no others
      spec.noSuchField;
      console.log(spec.status?.ready ?? 'no status');`;
    expect(await compile('spec.ts', program, '--module', 'nodenext')).toBe('');
    writeFileSync(
      join(app, 'spec.mjs'),
      `import { fromBytes } from 'talos-client';
       import { decodeMachineStatusSpec } from 'talos-client/definitions/runtime';
       console.log(fromBytes(decodeMachineStatusSpec, Uint8Array.of(0x12, 2, 8, 1)).status?.ready);`,
    );
    expect(await node('spec.mjs')).toBe('true');
  });

  it('makes no code from strings, calls included', async () => {
    writeFileSync(
      join(app, 'strict.mjs'),
      `import { createTalosClient, plaintext } from 'talos-client';
       import { etcd } from 'talos-client/etcd';
       const talos = createTalosClient({ endpoints: ['127.0.0.1:9'], credentials: plaintext() });
       const error = await etcd(talos).memberList().catch((error) => error);
       console.log(error.code, error.status);
       await talos.close();`,
    );
    expect(await node('--disallow-code-generation-from-strings', 'strict.mjs')).toBe(
      'rpc unavailable',
    );
  });
});
