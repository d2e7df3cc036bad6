import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { output } from './process.mjs';

const versions = ['5.6', '5.7', '5.8', '5.9', '6.0', '7.0'];

const ways = [
  { name: 'an ES module', file: 'program.mts', module: 'node16', resolution: 'node16' },
  { name: 'CommonJS', file: 'program.cts', module: 'node16', resolution: 'node16' },
  { name: 'CommonJS, nodenext', file: 'program.cts', module: 'nodenext', resolution: 'nodenext' },
  { name: 'a bundler', file: 'program.ts', module: 'esnext', resolution: 'bundler' },
];

/** Every version of TypeScript compiles a program, and reads all declarations that it needs. */
export function compilerChecks({ app, tools }) {
  for (const { file } of ways) {
    if (file !== 'program.ts') cpSync(join(app, 'program.ts'), join(app, file));
  }
  return versions.flatMap((version) =>
    ways.map(({ name, file, module, resolution }) => ({
      name: `TypeScript ${version}: ${name}`,
      check: () =>
        output(
          process.execPath,
          [
            join(tools, `typescript-${version}/bin/tsc`),
            ...['--noEmit', '--strict', '--skipLibCheck', 'false', '--exactOptionalPropertyTypes'],
            ...['--target', 'es2022', '--lib', 'es2023,esnext.disposable', '--types', 'node'],
            ...['--module', module, '--moduleResolution', resolution, file],
          ],
          { cwd: app },
        ),
    })),
  );
}
