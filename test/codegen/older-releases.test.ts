import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { features } from '../../codegen/features.js';
import { generate } from '../../codegen/generate.js';
import { renderContract } from '../../codegen/protos/render.js';
import { renderSources, sourcesFile } from '../../codegen/protos/sources.js';
import { writeOutputs } from '../../codegen/write.js';
import {
  repository,
  talosContract,
  temporaryFolder,
  withoutContracts,
  writeFiles,
} from './protos/support.js';
import { templates } from './support.js';

if (withoutContracts !== undefined)
  console.warn(`older releases are not tested: ${withoutContracts}`);

describe.skipIf(withoutContracts !== undefined).each(['1.9', '1.12'])('Talos %s', (release) => {
  it('generates, and the output type-checks', () => {
    const folder = temporaryFolder();
    const contract = talosContract(release);
    writeFiles(join(folder, 'proto'), renderContract(contract, new Map()));
    writeFileSync(join(folder, 'proto', sourcesFile), renderSources(contract));
    const out = join(folder, 'generated');
    const outputs = generate({
      protos: join(folder, 'proto'),
      table: features,
      templates,
      runtime: relative(out, join(repository, 'src/runtime')),
    });
    const rpcs = contract.files.flatMap(({ services }) =>
      services.flatMap(({ methods }) => methods),
    );
    const paths = outputs
      .filter(({ path }) => path.startsWith('features/'))
      .flatMap(({ text }) => text.match(/^ {4}path: '/gm) ?? []);
    expect(paths).toHaveLength(rpcs.length);
    mkdirSync(out, { recursive: true });
    writeOutputs(out, outputs);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: join(repository, 'tsconfig.json'),
        compilerOptions: { typeRoots: [join(repository, 'node_modules/@types')], paths: {} },
        include: ['generated'],
        exclude: [],
      }),
    );
    const tsc = join(repository, 'node_modules/.bin/tsc');
    expect(execFileSync(tsc, ['--noEmit', '-p', folder], { encoding: 'utf8' })).toBe('');
  });
});
