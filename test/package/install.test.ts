import { type ExecFileException, execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sourcesOf } from '../support/subpaths.js';

const run = promisify(execFile);
const tsc = resolve('node_modules/typescript/bin/tsc');
const folder = mkdtempSync(join(tmpdir(), 'talos-client-package-'));
const app = join(folder, 'app');

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
  // The package as `npm pack` makes it, built apart from the work tree.
  const pack = join(folder, 'pack');
  mkdirSync(pack);
  const { files, version } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    files: string[];
    version: string;
  };
  for (const file of ['package.json', 'README.md', ...files.filter((name) => name !== 'dist')]) {
    cpSync(file, join(pack, file));
  }
  await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(pack, 'dist')]);
  await run(process.execPath, ['scripts/bundle.mjs', pack]);
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: pack });
  const archive = join(folder, `talos-client-${version}.tgz`);

  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "private": true, "type": "module" }');
  if (installer === 'npm') {
    await run('npm', ['install', '--no-audit', '--no-fund', archive], { cwd: app });
  } else {
    const installed = join(app, 'node_modules/talos-client');
    mkdirSync(installed, { recursive: true });
    await run('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
    for (const name of ['@grpc/grpc-js', 'yaml']) link(name);
  }
  for (const name of ['@types/node', 'undici-types']) link(name);
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
    // Nodes before 22.13 warn that this is experimental; the warning goes to stderr.
    expect(await node('main.cjs')).toBe('function');
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
    const bundler = ['--module', 'esnext', '--moduleResolution', 'bundler'];
    expect(await compile('bundled.ts', program, ...bundler)).toBe('');
  });

  const names = [...sourcesOf().keys()].map((name) =>
    name === 'index' ? 'talos-client' : `talos-client/${name}`,
  );

  it('every subpath can be imported and required, and has types', async () => {
    const list = names.map((name) => `import('${name}')`).join(', ');
    writeFileSync(
      join(app, 'all.mjs'),
      `const all = await Promise.all([${list}]);
       console.log(all.length, all.filter((module) => Object.keys(module).length === 0).length);`,
    );
    expect(await node('all.mjs')).toBe(`${names.length} 0`);
    // Node requires ES modules as long as none of them awaits at its top level.
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

  it('a feature is read from three files, and so is the root', () => {
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
    expect(loaded(join(dist, 'src/index.js')).size).toBe(3);
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
