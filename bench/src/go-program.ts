import { join } from 'node:path';
import { buildGo, ToolchainError } from '../../test/interop/support/toolchain.js';
import { benchFolder } from './paths.js';

/**
 * Builds the official Go client as a contender and gives the path of the program. Where Go is
 * missing, it says so and gives nothing: what is measured against it is then left out.
 */
export function buildGoProgram(log: (line: string) => void): string | undefined {
  try {
    return buildGo(join(benchFolder, 'go'), '.', 'talos-bench');
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    log(`without the Go client, and all that is measured against it: ${error.message}`);
    return undefined;
  }
}
