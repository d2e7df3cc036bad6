import { execFile } from 'node:child_process';
import {
  cpSync,
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

const run = promisify(execFile);
const tsc = resolve('node_modules/typescript/bin/tsc');
const folder = mkdtempSync(join(tmpdir(), 'talos-client-package-'));
const app = join(folder, 'app');

async function node(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, args, { cwd: app });
  return stdout.trim();
}

beforeAll(async () => {
  // The package as `npm pack` makes it, built apart from the work tree.
  const pack = join(folder, 'pack');
  mkdirSync(pack);
  for (const file of [
    'package.json',
    'README.md',
    'CHANGELOG.md',
    'SECURITY.md',
    'LICENSE-MIT',
    'LICENSE-APACHE',
  ]) {
    cpSync(file, join(pack, file));
  }
  await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(pack, 'dist')]);
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: pack });

  const installed = join(app, 'node_modules/talos-client');
  mkdirSync(installed, { recursive: true });
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const archive = join(folder, `talos-client-${version}.tgz`);
  await run('tar', ['-xzf', archive, '-C', installed, '--strip-components=1']);
  for (const name of ['@grpc/grpc-js', 'yaml', '@types/node', 'undici-types']) {
    const link = join(app, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve('node_modules', name), link);
  }
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package, installed in an empty folder', () => {
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
    writeFileSync(join(app, 'package.json'), '{"type":"module"}');
    writeFileSync(
      join(app, 'main.ts'),
      `import { createTalosClient, lines } from 'talos-client';
       import { logs } from 'talos-client/logs';
       import { services } from 'talos-client/services';
       import { loadTalosconfig } from 'talos-client/talosconfig';
       await using talos = createTalosClient(await loadTalosconfig());
       const list = await services(talos.node('10.0.0.2')).list();
       const ids: string[] = list.services.map(({ id }) => id);
       for await (const { node, value } of talos.nodes(['10.0.0.2']).merge((each) =>
         lines(logs(each).dmesg({ follow: true })))) console.log(node, value, ids);`,
    );
    const options = ['--strict', '--noEmit', '--target', 'es2022', '--module', 'nodenext'];
    const lib = ['--lib', 'es2023,esnext.disposable', '--types', 'node'];
    expect(await node(tsc, ...options, ...lib, 'main.ts')).toBe('');
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
