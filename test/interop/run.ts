import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkGo, ToolchainError } from './support/toolchain.js';

/**
 * `npm run interop [-- vitest arguments]`. Says in one line what is missing on a machine without Go,
 * and then ends with status 1.
 */
function main(): void {
  try {
    console.log(`interop: official code built with ${checkGo()}`);
  } catch (error) {
    if (!(error instanceof ToolchainError)) throw error;
    console.error(`interop: ${error.message}`);
    process.exitCode = 1;
    return;
  }
  const config = fileURLToPath(new URL('vitest.config.ts', import.meta.url));
  const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url));
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--config', config, ...process.argv.slice(2)],
    { stdio: 'inherit' },
  );
  child.on('exit', (code) => {
    process.exitCode = code ?? 1;
  });
}

main();
