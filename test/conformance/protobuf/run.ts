import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchSuite, generateCodecs, generated, SuiteError } from './suite.js';

/**
 * `npm run conformance:protobuf [-- options of conformance_test_runner]`: protobuf's own suite over
 * the codecs that the generator makes of the suite's messages. Whatever is no binary proto3 is
 * skipped.
 */
function main(): number {
  const [program = '', ...args] = fetchSuite();
  generateCodecs();
  const testee = fileURLToPath(new URL('testee.ts', import.meta.url));
  const loader = import.meta.resolve('tsx');
  // The runner takes a program without arguments.
  const script = join(generated, '../testee.sh');
  const command = [process.execPath, '--import', loader, testee, generated];
  writeFileSync(script, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(' ')}\n`);
  chmodSync(script, 0o755);
  const options = ['--enforce_recommended', ...process.argv.slice(2)];
  const { status, stderr, error } = spawnSync(program, [...args, ...options, script], {
    stdio: ['ignore', 'inherit', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  // What it logs about processes is left out, and the names of skipped tests are its own business.
  for (const line of stderr.split('\n')) {
    if (line !== '' && !/^[IEW]\d{4} |^WARNING: All log/.test(line)) console.error(line);
  }
  const [, passed = '0'] = /(\d+) successes/.exec(stderr) ?? [];
  const [, failed = '0'] = /(\d+) unexpected failures/.exec(stderr) ?? [];
  console.log(`protobuf conformance: ${passed} passed, ${failed} failed`);
  return status !== 0 || Number(passed) === 0 ? 1 : 0;
}

try {
  process.exitCode = main();
} catch (error) {
  if (!(error instanceof SuiteError)) throw error;
  console.error(`protobuf conformance: ${error.message}`);
  process.exitCode = 1;
}
