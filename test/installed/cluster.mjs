import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The simulated cluster that all programs talk to: the testkit's own program, over mTLS. */
export async function startCluster(app, folder) {
  const talosconfig = join(folder, 'talosconfig');
  const program = join(app, 'node_modules/.bin/talos-client-testkit');
  const child = spawn(
    program,
    ['--control-planes', '1', '--workers', '1', '--talosconfig', talosconfig],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const nodes = await Promise.race([
    nodesOf(child),
    ended.then(([code]) => {
      throw new Error(`the testkit ended with ${code}`);
    }),
  ]);
  return {
    talosconfig,
    nodes,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The addresses of the nodes, as the program prints them. */
async function nodesOf(child) {
  const nodes = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [, address] = /\b(10\.5\.0\.\d+)\b/.exec(line) ?? [];
    if (address !== undefined && !nodes.includes(address)) nodes.push(address);
    if (nodes.length === 2) return nodes;
  }
  return nodes;
}
