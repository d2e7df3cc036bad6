import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../measure.js';
import { benchFolder, libraryFolder } from '../paths.js';
import { generators } from '../peers.js';
import { run } from '../prepare.js';

/** Seconds of wall time to generate the whole contract. */
export type GenerationFigures = Readonly<Record<string, number>>;

/** Times every generator, interleaved. The peers write again what `prepare` has made. */
export function measureGeneration(rounds: number): GenerationFigures {
  const out = mkdtempSync(join(tmpdir(), 'talos-client-bench-'));
  const commands = new Map<string, () => void>(
    generators()
      .filter(({ name }) => name !== 'nice-grpc')
      .map(({ name, folder, command }) => [
        name,
        () => {
          mkdirSync(folder, { recursive: true });
          run(command, benchFolder);
        },
      ]),
  );
  // As the script `generate` of the library starts it.
  const ours = [process.execPath, '--import', 'tsx/esm', 'codegen/cli.ts', 'generate'];
  commands.set('ours', () => run([...ours, '--out', out], libraryFolder));
  const values = new Map<string, number[]>([...commands.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, generate] of commands) {
      const start = performance.now();
      generate();
      values.get(name)?.push((performance.now() - start) / 1000);
    }
  }
  rmSync(out, { recursive: true, force: true });
  return Object.fromEntries([...values].map(([name, list]) => [name, median(list)]));
}
