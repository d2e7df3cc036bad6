import type { BundleFigures } from './suites/bundles.js';
import type { CallFigures } from './suites/calls.js';
import type { CodecFigures } from './suites/codecs.js';
import type { GenerationFigures } from './suites/generation.js';
import type { ImportFigures } from './suites/imports.js';
import type { MemoryFigures } from './suites/memory.js';

/** All that a run found; a suite that was left out is absent. */
export interface Results {
  readonly date: string;
  readonly machine: string;
  readonly quick: boolean;
  readonly rounds: number;
  /** Processes that wanted to run in the minute before the run, its own not among them. */
  readonly load: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly calls?: Readonly<Record<string, CallFigures>>;
  readonly codecs?: CodecFigures;
  readonly bundles?: BundleFigures;
  readonly imports?: ImportFigures;
  readonly memory?: MemoryFigures;
  readonly generation?: GenerationFigures;
}
