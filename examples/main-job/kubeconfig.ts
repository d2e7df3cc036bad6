import { kubeconfig } from 'talos-client/operations/kubeconfig';
import { parse } from 'yaml';
import type { StoryNodes } from './nodes.js';
import type { Screen } from './screen.js';

/** Fetches the kubeconfig of an admin. */
export async function showKubeconfig(
  screen: Screen,
  nodes: StoryNodes,
  signal: AbortSignal,
): Promise<void> {
  screen.step('Kubeconfig');
  const text = await kubeconfig(nodes.talos, { signal });
  const config = parse(text) as {
    'current-context': string;
    clusters: { cluster: { server: string } }[];
  };
  screen.line(`context ${config['current-context']}, server ${config.clusters[0]?.cluster.server}`);
  screen.line(`${text.length} characters with the key of an admin: for its owner alone`);
}
