import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildGoProgram } from './go-program.js';
import { outFolder } from './paths.js';
import { callContenders, codecContenders, versions } from './peers.js';
import { createPki } from './pki.js';
import { bundleWorkers, prepare } from './prepare.js';
import { report } from './report.js';
import type { Results } from './results.js';
import { measureBundles } from './suites/bundles.js';
import { measureCalls, openStage } from './suites/calls.js';
import { measureCodecs } from './suites/codecs.js';
import type { Effort } from './suites/effort.js';
import { measureGeneration } from './suites/generation.js';
import { measureImports } from './suites/imports.js';
import { measureMemory } from './suites/memory.js';
import { type WorkloadName, workloadNames } from './workloads.js';

const usage = `npm run bench -- [options]
  --quick               short slices and few rounds: shows that everything works
  --suites a,b          of calls, codecs, bundles, imports, memory, generation
  --workloads a,b       of ${workloadNames.join(', ')}
  --contenders a,b      of ${[...new Set([...callContenders, ...codecContenders])].join(', ')}
  --rounds n            rounds after each of the starts of the contenders
  --keep                use the peers' code that the last run generated
BENCH_LIBRARY=dir measures the build in another copy of this project.
`;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    suites: { type: 'string' },
    workloads: { type: 'string' },
    contenders: { type: 'string' },
    rounds: { type: 'string' },
  },
});

const log = (line: string): void => void process.stderr.write(`${line}\n`);

/** The names in a comma-separated option, all of `known` without one. */
function chosen<Name extends string>(text: string | undefined, known: readonly Name[]): Name[] {
  if (text === undefined) return [...known];
  return text.split(',').map((name) => {
    const found = known.find((entry) => entry === name);
    if (found === undefined) throw new Error(`${name} is none of ${known.join(', ')}`);
    return found;
  });
}

const suiteNames = ['calls', 'codecs', 'bundles', 'imports', 'memory', 'generation'] as const;

async function main(): Promise<void> {
  if (values.help) {
    log(usage);
    return;
  }
  const { quick } = values;
  const suites = chosen(values.suites, suiteNames);
  const names: WorkloadName[] = chosen(values.workloads, workloadNames);
  const only = chosen(values.contenders, [...callContenders, ...codecContenders]);
  const starts = quick ? 1 : 3;
  const rounds = values.rounds === undefined ? (quick ? 2 : 8) : Number(values.rounds);
  const effort: Effort = { starts, warmUp: quick ? 1 : 5, rounds, share: quick ? 0.05 : 1, only };
  log(values.keep ? 'bundling the workers' : 'generating the code of the peers');
  await (values.keep ? bundleWorkers() : prepare());
  const results: { -readonly [Key in keyof Results]: Results[Key] } = {
    date: new Date().toISOString().slice(0, 10),
    machine: `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} threads`,
    quick,
    rounds: starts * rounds,
    load: loadavg()[0] as number,
    versions: versions(),
  };
  // After each part, so that a run that is cut short has left what it found.
  const save = (): void => {
    mkdirSync(outFolder, { recursive: true });
    writeFileSync(join(outFolder, 'results.json'), `${JSON.stringify(results, undefined, 2)}\n`);
  };
  if (suites.includes('bundles')) {
    log('bundles');
    results.bundles = await measureBundles();
  }
  if (suites.includes('imports')) {
    log('imports');
    results.imports = await measureImports(quick ? 1 : 9);
  }
  save();
  if (suites.includes('calls') || suites.includes('memory')) {
    const stage = await openStage(await createPki(), buildGoProgram(log));
    try {
      for (const name of suites.includes('calls') ? names : []) {
        log(`calls: ${name}`);
        results.calls = { ...results.calls, [name]: await measureCalls(stage, name, effort) };
        save();
      }
      if (suites.includes('memory')) {
        const bytes = quick ? 2 ** 25 : 2 ** 31;
        results.memory = await measureMemory(stage, bytes, only, log);
        save();
      }
    } finally {
      stage.server.stop();
    }
  }
  if (suites.includes('codecs')) results.codecs = await measureCodecs(effort, log);
  if (suites.includes('generation')) {
    log('generation');
    results.generation = measureGeneration(quick ? 1 : 5);
  }
  save();
  const text = report(results);
  writeFileSync(join(outFolder, 'results.md'), text);
  process.stdout.write(text);
}

await main();
