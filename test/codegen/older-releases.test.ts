import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { features } from '../../codegen/features.js';
import { generate } from '../../codegen/generate.js';
import { renderContract } from '../../codegen/protos/render.js';
import { renderSources, sourcesFile } from '../../codegen/protos/sources.js';
import { talosContract, temporaryFolder, withoutContracts, writeFiles } from './protos/support.js';
import { templates, typeErrors } from './support.js';

if (withoutContracts !== undefined)
  console.warn(`older releases are not tested: ${withoutContracts}`);

describe.skipIf(withoutContracts !== undefined).each(['1.9', '1.12'])('Talos %s', (release) => {
  it('generates, and the output type-checks', () => {
    const folder = temporaryFolder();
    const contract = talosContract(release);
    writeFiles(join(folder, 'proto'), renderContract(contract, new Map()));
    writeFileSync(join(folder, 'proto', sourcesFile), renderSources(contract));
    const outputs = generate({
      protos: join(folder, 'proto'),
      table: features,
      templates,
      runtime: '../src/runtime',
    });
    const rpcs = contract.files.flatMap(({ services }) =>
      services.flatMap(({ methods }) => methods),
    );
    const paths = outputs
      .filter(({ path }) => path.startsWith('features/'))
      .flatMap(({ text }) => text.match(/^ {4}path: '/gm) ?? []);
    expect(paths).toHaveLength(rpcs.length);
    expect(typeErrors(outputs)).toBe('');
  });
});
