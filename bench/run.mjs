// Runs the benchmark from a clean checkout: installs what it needs, builds the library, measures.

import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bench = fileURLToPath(new URL('.', import.meta.url));
const library = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command, and ends with its status when it fails. */
function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, {
    cwd,
    stdio: ['inherit', 'inherit', 'inherit'],
  });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Whether what is installed is what the lock file says. */
function installed() {
  const mark = `${bench}node_modules/.package-lock.json`;
  return (
    existsSync(mark) && statSync(mark).mtimeMs >= statSync(`${bench}package-lock.json`).mtimeMs
  );
}

const args = process.argv.slice(2);
if (!installed()) run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], bench);
// With --keep the last build is measured again, and with BENCH_LIBRARY another one.
if (!args.includes('--keep') && process.env.BENCH_LIBRARY === undefined) {
  run('npm', ['run', '--silent', 'build'], library);
}
run(process.execPath, ['--import', 'tsx', 'src/main.ts', ...args], bench);
// The peers' code that the sources import is there now.
if (args.includes('--quick')) run('npm', ['run', '--silent', 'check'], bench);
