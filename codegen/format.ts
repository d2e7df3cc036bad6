import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A generated file as text. */
export interface Output {
  /** Path below the output folder. */
  readonly path: string;
  readonly text: string;
}

/** Text that came out of the templates and is no TypeScript: a fault of generator or templates. */
export class FormatError extends Error {
  override readonly name = 'FormatError';
}

const program = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome');

/** The project's own layout, which generated code has too. */
const settings = fileURLToPath(new URL('../biome.json', import.meta.url));

/**
 * Gives TypeScript the layout of the project, imports sorted, and then checks what it printed: that
 * it parses, and that formatting it again changes nothing. Throws `FormatError` with the first file
 * and line where it does not.
 */
export function format(outputs: readonly Output[]): Output[] {
  const folder = mkdtempSync(join(tmpdir(), 'talos-codegen-'));
  try {
    const { formatter, javascript, assist } = JSON.parse(readFileSync(settings, 'utf8'));
    const files = { maxSize: 64 * 1024 * 1024 };
    const config = { root: true, files, formatter, javascript, assist };
    writeFileSync(join(folder, 'biome.json'), JSON.stringify(config));
    const sources = join(folder, 'sources');
    const code = outputs.filter(({ path }) => path.endsWith('.ts'));
    // Several files of one path would be a fault elsewhere; here the last one wins.
    for (const { path, text } of code) {
      mkdirSync(dirname(join(sources, path)), { recursive: true });
      writeFileSync(join(sources, path), text);
    }
    if (code.length === 0) return [...outputs];
    biome(folder, 'check', '--write', '--linter-enabled=false');
    biome(folder, 'format');
    return outputs.map(({ path, text }) =>
      path.endsWith('.ts')
        ? { path, text: readFileSync(join(sources, path), 'utf8') }
        : { path, text },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function biome(folder: string, ...command: readonly string[]): void {
  const args = [program, ...command, '--colors=off', '--max-diagnostics=1', 'sources'];
  const { status, error, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  if (status === 0) return;
  const output = stderr + stdout;
  // A place as biome prints it: `sources/a.ts:2:14 parse ━━━━`.
  const [, place, reason] = /^sources\/(\S+) [^\n]*\n+(?: *[×!] )?([^\n]*)/m.exec(output) ?? [];
  throw new FormatError(place === undefined ? output.trim() : `${place}: ${reason}`);
}
