// What `npm run test:live` runs: the read-only suite against the cluster of TALOSCONFIG.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

const usage = `Usage: TALOSCONFIG=FILE npm run test:live [-- --context NAME] [--nodes A,B]

Checks the library against a cluster that exists. Calls only what reads.`;

/** Ends with 2: nothing was tested. */
function refuse(reason: string): never {
  console.error(`${reason}\n\n${usage}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({ options: { context: { type: 'string' }, nodes: { type: 'string' } } })
      .values;
  } catch (error) {
    return refuse((error as Error).message);
  }
}

const { context, nodes } = readArguments();
const { TALOSCONFIG: path } = process.env;
// Never a talosconfig that happens to be in the home folder.
if (!path) refuse('TALOSCONFIG is not set: name the talosconfig of the cluster to look at');
if (!existsSync(path)) refuse(`TALOSCONFIG: there is no file ${path}`);

const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/live/vitest.config.ts'];
const suite = spawn(process.execPath, vitest, {
  stdio: 'inherit',
  env: {
    ...process.env,
    ...(context === undefined ? {} : { TALOS_LIVE_CONTEXT: context }),
    ...(nodes === undefined ? {} : { TALOS_LIVE_NODES: nodes }),
  },
});
const [code] = (await once(suite, 'close')) as [number | null];
process.exitCode = code ?? 1;
