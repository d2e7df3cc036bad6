import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output, says } from './process.mjs';

/** Programs that load modules in a way of their own. */
export function moduleSystemChecks({ app, tools }) {
  return [
    {
      name: 'Jest, without settings',
      check: async () => {
        const config = join(app, 'jest.config.json');
        writeFileSync(config, JSON.stringify({ rootDir: app, testMatch: ['**/jest.test.js'] }));
        await output(process.execPath, [join(tools, 'jest/bin/jest.js'), '--config', config], {
          cwd: app,
        });
      },
    },
    {
      name: 'ts-node, with module node16',
      check: async () => {
        const compilerOptions = { module: 'node16', moduleResolution: 'node16', target: 'es2022' };
        writeFileSync(
          join(app, 'ts-node.json'),
          JSON.stringify({
            compilerOptions: {
              ...compilerOptions,
              lib: ['es2022', 'esnext.disposable'],
              strict: true,
            },
          }),
        );
        await says(
          'ts-node ok 10.0.0.2',
          process.execPath,
          [
            join(tools, 'ts-node/dist/bin.js'),
            ...['--compiler', join(tools, 'typescript-5.9'), '--project', 'ts-node.json'],
            'ts-node.ts',
          ],
          { cwd: app },
        )();
      },
    },
  ];
}
