import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { output } from './process.mjs';

const versions = ['5.6', '5.7', '5.8', '5.9', '6.0', '7.0'];

const ways = [
  { name: 'ES modules and CommonJS', files: ['program.mts', 'program.cts'], module: 'node16' },
  { name: 'a bundler', files: ['program.ts'], module: 'esnext', resolution: 'bundler' },
];

/** Every version of TypeScript compiles a program, and reads all declarations that it needs. */
export function compilerChecks({ app, tools }) {
  for (const end of ['mts', 'cts']) cpSync(join(app, 'program.ts'), join(app, `program.${end}`));
  return versions.flatMap((version) =>
    ways.map(({ name, files, module, resolution = module }) => ({
      name: `TypeScript ${version}: ${name}`,
      check: () =>
        output(
          process.execPath,
          [
            join(tools, `typescript-${version}/bin/tsc`),
            ...['--noEmit', '--strict', '--skipLibCheck', 'false', '--exactOptionalPropertyTypes'],
            ...['--target', 'es2022', '--lib', 'es2023,esnext.disposable', '--types', 'node'],
            ...['--module', module, '--moduleResolution', resolution, ...files],
          ],
          { cwd: app },
        ),
    })),
  );
}
