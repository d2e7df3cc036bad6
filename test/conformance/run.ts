import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildGo, checkGo, ToolchainError } from '../interop/support/toolchain.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const suite = 'connectrpc.com/conformance/cmd/connectconformance';

/**
 * `npm run conformance [-- options of connectconformance]`: has the public gRPC conformance suite
 * drive our client, over each carrier. Prints how many cases passed, failed, and failed as known.
 * TALOS_CLIENT_CARRIER names one carrier to run alone.
 */
async function main(): Promise<number> {
  const version = checkGo();
  const program = buildGo(here('go'), suite, 'connectconformance');
  const release = /connectrpc\.com\/conformance (v\S+)/.exec(
    readFileSync(here('go/go.mod'), 'utf8'),
  );
  console.log(`conformance: suite ${release?.[1]}, built with ${version}`);
  const chosen = process.env.TALOS_CLIENT_CARRIER;
  let code = 0;
  for (const carrier of chosen === undefined ? ['grpc-js', 'http2'] : [chosen]) {
    code = Math.max(code, await runOver(carrier, program));
  }
  return code;
}

async function runOver(carrier: string, program: string): Promise<number> {
  console.log(`conformance: over ${carrier}`);
  const child = spawn(
    program,
    [
      ...['--mode', 'client', '--conf', here('config.yaml')],
      ...['--known-failing', `@${here('known-failing.txt')}`],
      ...process.argv.slice(2),
      ...['--', process.execPath, '--import', 'tsx', here('client/main.ts')],
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TALOS_CLIENT_CARRIER: carrier },
    },
  );
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve(status ?? 1));
  });
  const count = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? 0);
  const [passed, failed] = [count(/(\d+) passed/), count(/(\d+) failed/)];
  const known = count(/Another (\d+) failed as expected/);
  console.log(`conformance: over ${carrier}: ${passed} passed, ${failed} failed, ${known} known`);
  return passed === 0 ? 1 : code;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof ToolchainError)) throw error;
  console.error(`conformance: ${error.message}`);
  process.exitCode = 1;
}
