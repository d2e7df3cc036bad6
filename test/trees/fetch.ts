import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderContract } from '../../codegen/protos/render.js';
import { renderSources, sourcesFile } from '../../codegen/protos/sources.js';
import { contractOfGo } from './descriptors.js';
import type { Source, TreeSource } from './sources.js';

/** Everything that is fetched and generated. */
export const cache = fileURLToPath(new URL('../../node_modules/.cache/trees', import.meta.url));

/** A registry that did not give what was asked for; its message has the registry's words. */
export class FetchError extends Error {
  override readonly name = 'FetchError';
}

/** Lays the protos of a tree out in a folder, from Go modules and npm packages. */
export function layOut(tree: TreeSource, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const compiled: { readonly root: string; readonly only: readonly string[] }[] = [];
  for (const source of tree.from) {
    const root = join(fetchPackage(source), source.folder ?? '');
    const { only = [''] } = source;
    if (source.descriptors === true) compiled.push({ root, only });
    else copyProtos(root, join(folder, source.prefix ?? ''), only);
  }
  const contract = contractOfGo(compiled);
  for (const [path, text] of renderContract(contract, new Map())) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const facts = { ...contract, source: { talos: tree.talos ?? '' } };
  writeFileSync(join(folder, sourcesFile), renderSources(facts, tree.skip));
}

function copyProtos(from: string, to: string, only: readonly string[]): void {
  for (const path of readdirSync(from, { recursive: true, encoding: 'utf8' })) {
    const name = path.replaceAll('\\', '/');
    if (!name.endsWith('.proto') || name.includes('node_modules/')) continue;
    if (only.some((start) => name.startsWith(start))) cpSync(join(from, path), join(to, path));
  }
}

function fetchPackage({ go, npm }: Source): string {
  if (go !== undefined) return fetchModule(go);
  if (npm !== undefined) return fetchNpm(npm);
  throw new Error('a source is a Go module or an npm package');
}

function fetchModule(module: string): string {
  const folder = join(cache, 'go');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'go.mod'), 'module trees\n\ngo 1.22\n');
  const text = run('go', ['mod', 'download', '-json', module], folder);
  return (JSON.parse(text) as { readonly Dir: string }).Dir;
}

function fetchNpm(spec: string): string {
  const name = spec.slice(0, spec.lastIndexOf('@'));
  const folder = join(cache, 'npm', spec.replaceAll('/', '+'));
  const installed = join(folder, 'node_modules', name);
  if (existsSync(installed)) return installed;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  run(
    npm,
    ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--omit=optional', spec],
    folder,
  );
  return installed;
}

function run(program: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(program, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const {
      stdout = '',
      stderr = '',
      code,
    } = error as NodeJS.ErrnoException & {
      readonly stdout?: string;
      readonly stderr?: string;
    };
    const said = code === 'ENOENT' ? `${program} is not installed` : `${stdout}${stderr}`.trim();
    throw new FetchError(`${program} ${args.join(' ')}: ${said}`);
  }
}
