// What `npm run console` runs: a cluster, simulated or real, in a page on loopback.
// Run: npx tsx examples/console/main.ts [--talosconfig FILE [--context NAME] [--allow-actions]]
import { once } from 'node:events';
import { simulateCluster } from 'talos-client-testkit';
import { UsageError } from '../main-job/command-line.js';
import { errorText } from '../main-job/error-text.js';
import { type Arguments, readArguments, usage } from './arguments.js';
import { existing, type LookedAtCluster, simulated } from './clusters.js';
import { ConsoleServer } from './server.js';

async function main(args: Arguments): Promise<void> {
  if (args.kind === 'help') return console.log(usage.trimEnd());
  // Listened to from the start, so that nothing is left running whenever it comes.
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  if (args.kind === 'existing') {
    await using cluster = await existing(args);
    await serve(cluster, args.port, interrupted);
    return;
  }
  await using machines = await simulateCluster({
    controlPlanes: 3,
    workers: 2,
    transport: 'tls',
  });
  // So that there is something to drain.
  machines.kubernetes.addDeployment({ name: 'web', replicas: 4, budget: { minAvailable: 2 } });
  await using cluster = simulated(machines);
  await serve(cluster, args.port, interrupted);
}

async function serve(
  cluster: LookedAtCluster,
  port: number,
  interrupted: Promise<unknown>,
): Promise<void> {
  await using server = await ConsoleServer.start(cluster, { port });
  const { addresses } = cluster.nodes;
  console.log(`${cluster.name}: ${addresses.length} nodes${cluster.mayAct ? '' : ', read-only'}`);
  console.log(`Open ${server.access.url}`);
  console.log('The address holds the key to this console. Ctrl-C stops it.');
  await interrupted;
  if (!server.state.runs.isRunning) return;
  console.log('stopping what is under way; Ctrl-C again leaves it as it is');
  const leave = () => process.exit(1);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, leave);
}

let code = 0;
try {
  await main(readArguments(process.argv.slice(2)));
} catch (error) {
  // Such as a port that another program listens on.
  const isOfSystem = error instanceof Error && 'syscall' in error;
  console.error(`error: ${isOfSystem ? error.message : errorText(error)}`);
  if (error instanceof UsageError) console.error(`\n${usage.trimEnd()}`);
  code = 1;
}
// All is closed by now. Left to end by itself, Node 20 may spin forever in its own cleanup when nodes
// were dropping their connections.
process.exit(code);
