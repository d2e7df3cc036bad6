import { followLogs } from 'talos-client/follow';
import { reboot } from 'talos-client/operations/reboot';
import { rollingUpgrade } from 'talos-client/operations/rolling-upgrade';
import type { StoryNodes } from './nodes.js';
import { NodeLines, stepLines } from './progress.js';
import type { Screen } from './screen.js';

/** Drains and reboots a node, while the logs of all nodes are followed, until it is back. */
export async function watchReboot(
  screen: Screen,
  nodes: StoryNodes,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  screen.step(`Reboot ${name}, with the logs of all nodes as they come`);
  const end = new AbortController();
  const following = showLogs(screen, nodes, AbortSignal.any([signal, end.signal]));
  try {
    const onProgress = stepLines(screen, nodes);
    const result = await reboot(nodes.target(name), { signal, onProgress });
    const [before, now] = [result.previousBootId, result.bootId].map((id) => id?.slice(0, 8));
    screen.node(name, `is back: boot id ${before} before, ${now} now`);
  } finally {
    end.abort(ended);
    await following.catch((error: unknown) => {
      if (error !== ended) throw error;
    });
  }
}

const ended = new Error('the node is back');

/** A simulated node is back within a second or two. */
const reconnect = { firstMs: 100, maxMs: 1_000 };

/** Tells what the kubelets write, across the reboot. Ends with `signal` alone. */
async function showLogs(screen: Screen, nodes: StoryNodes, signal: AbortSignal): Promise<void> {
  // The last line and what comes; after a reboot, all that the new kubelet writes.
  const request = { id: 'kubelet', tailLines: 1 };
  const logs = nodes.set.merge((node) => followLogs(node, request, { reconnect }), { signal });
  for await (const { node, value } of logs) {
    if (value.type === 'line') screen.log(nodes.nameOf(node), `kubelet: ${value.line}`);
    else if (value.type === 'rebooted') screen.node(nodes.nameOf(node), 'is in another boot');
  }
}

/** Upgrades all nodes, one at a time, with a line for each. */
export async function upgradeAll(
  screen: Screen,
  nodes: StoryNodes,
  image: string,
  signal: AbortSignal,
): Promise<void> {
  screen.step(`Upgrade of all nodes to ${image}, one at a time`);
  const lines = new NodeLines((address, steps) =>
    screen.node(nodes.nameOf(address), steps.join(', ')),
  );
  const { onProgress } = lines;
  const { done } = await rollingUpgrade(nodes.set, { image }, { signal, onProgress });
  lines.end();
  for (const { node, result } of done) {
    screen.node(nodes.nameOf(node), `${result.previousVersion} before, ${result.version} now`);
  }
}
