import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transform } from 'esbuild';

/**
 * Writes the modules of `dist` once more as CommonJS, with their declarations, into `dist/cjs`: for
 * Jest, ts-node and TypeScript programs that are CommonJS. Its package.json says what the files are.
 */
export async function writeCommonJs(dist) {
  const target = join(dist, 'cjs');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' });
  for (const file of files) {
    const place = join(target, file);
    mkdirSync(dirname(place), { recursive: true });
    if (file.endsWith('.d.ts')) cpSync(join(dist, file), place);
    if (!file.endsWith('.js')) continue;
    const source = readFileSync(join(dist, file), 'utf8').replace(
      /\/\/# sourceMappingURL=.*\n?$/,
      '',
    );
    const { code } = await transform(source, {
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      sourcefile: file,
    });
    writeFileSync(place, code);
  }
  writeFileSync(join(target, 'package.json'), '{ "type": "commonjs" }\n');
}
