import type { TestProject } from 'vitest/node';
import { buildGo, goModule } from './toolchain.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the program with the official code. */
    readonly interopProgram: string;
  }
}

/** Builds the Go program once for all test files. */
export default function setup(project: TestProject): void {
  project.provide('interopProgram', buildGo(goModule, '.', 'talos-interop'));
}
