// What `npm run test:postgres` runs: the tests that need PostgreSQL, against a server of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { postgresPrograms } from './support/server.js';

const usage = `Usage: npm run test:postgres [-- [--all] [words]]

Tests the fleet runners on PostgreSQL. Starts a server of its own on loopback, with its data in a
temporary folder, and stops it. --all runs what takes long as well; words choose files by their names.`;

/** Ends with 2: nothing was tested. */
function refuse(reason: string): never {
  console.error(`${reason}\n\n${usage}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({ options: { all: { type: 'boolean' } }, allowPositionals: true });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

const { values, positionals } = readArguments();
try {
  postgresPrograms();
} catch (error) {
  refuse((error as Error).message);
}

/** Whether a program ended well. */
async function runs(program: string, ...given: readonly string[]): Promise<boolean> {
  const started = spawn(process.execPath, [program, ...given], {
    stdio: 'inherit',
    env: { ...process.env, ...(values.all ? { TALOS_CLIENT_POSTGRES: 'all' } : {}) },
  });
  // Both get the signals of a terminal; the server is stopped by the one that started it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => started.kill(signal));
  const [code] = (await once(started, 'close')) as [number | null];
  return code === 0;
}

// The second engine is no part of the root install, and is checked here.
const isWell =
  (await runs(
    'node_modules/typescript/bin/tsc',
    '--noEmit',
    '-p',
    'test/postgres/tsconfig.json',
  )) &&
  (await runs(
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'test/postgres/vitest.config.ts',
    ...positionals,
  ));
process.exitCode = isWell ? 0 : 1;
