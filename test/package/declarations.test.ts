import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'talos-declarations-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The packages that the types of a module name, directly or through others. */
function packagesOf(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  // Examples in comments name packages too.
  const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const names = [...code.matchAll(/(?:from|import\()\s*["']([^"']+)["']/g)].map(([, name]) => name);
  return names.flatMap((name = '') =>
    name.startsWith('.')
      ? packagesOf(join(dirname(file), name.replace(/\.js$/, '.d.ts')), seen)
      : [name],
  );
}

it('no type of the root comes from grpc-js', () => {
  const tsc = join('node_modules', 'typescript', 'bin', 'tsc');
  const flags = ['--emitDeclarationOnly', '--declaration', '--outDir', folder];
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', ...flags]);
  const packages = packagesOf(join(folder, 'src/index.d.ts'));
  expect(packages.filter((name) => !name.startsWith('node:'))).toEqual([]);
});
