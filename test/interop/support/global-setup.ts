import type { TestProject } from 'vitest/node';
import { buildGo, goModule, kubernetesModule } from './toolchain.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the program with the official code. */
    readonly interopProgram: string;
  }
}

/** Builds the Go programs once for all test files. */
export default function setup(project: TestProject): void {
  project.provide('interopProgram', buildGo(goModule, '.', 'talos-interop'));
  // The first time, this takes minutes, for which a worker of vitest must not be silent.
  buildGo(kubernetesModule, '.', 'talos-kubernetes');
}
