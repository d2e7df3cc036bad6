// Packs the packages as `npm publish` would, installs them in an empty project and uses them there:
// in several runtimes, module systems, compilers and bundlers. Needs the npm registry.
//
// Usage: npm run test:installed [-- words]: only the checks whose name holds one of the words

import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundlerChecks } from './bundlers.mjs';
import { startCluster } from './cluster.mjs';
import { compilerChecks } from './compilers.mjs';
import { moduleSystemChecks } from './module-systems.mjs';
import { npm, runChecks } from './process.mjs';
import { runtimeChecks } from './runtimes.mjs';

const here = import.meta.dirname;
const root = resolve(here, '../..');
const folder = mkdtempSync(join(tmpdir(), 'talos-client-installed-'));
const app = join(folder, 'app');

/** Makes both archives and installs them in the empty project. */
async function install() {
  const archives = [];
  for (const workspace of ['.', 'testkit']) {
    const output = await npm(['pack', '--json', '--pack-destination', folder], {
      cwd: join(root, workspace),
    });
    const [{ filename }] = JSON.parse(output.slice(output.indexOf('[')));
    archives.push(join(folder, filename));
  }
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "private": true }\n');
  await npm(['install', '--no-audit', '--no-fund', '--ignore-scripts', ...archives], { cwd: app });
  cpSync(join(here, 'programs'), app, { recursive: true });
  // Types of Node, for the compilers; they stand beside the tools here.
  for (const name of ['@types', 'undici-types']) {
    const place = join(app, 'node_modules', name);
    rmSync(place, { recursive: true, force: true });
    symlinkSync(join(here, 'node_modules', name), place);
  }
}

async function main() {
  let cluster;
  try {
    await install();
    cluster = await startCluster(app, folder);
    const context = { app, folder, tools: join(here, 'node_modules'), cluster };
    const checks = [
      ...runtimeChecks(context),
      ...moduleSystemChecks(context),
      ...compilerChecks(context),
      ...bundlerChecks(context),
    ];
    process.exitCode = (await runChecks(checks, process.argv.slice(2))) ? 0 : 1;
  } finally {
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
