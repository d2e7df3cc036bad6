import { gunzipSync } from 'node:zlib';
import { collectBytes } from 'talos-client';
import { cluster } from 'talos-client/cluster';
import { parse } from 'yaml';
import { StoryError } from './error-text.js';
import type { StoryNodes } from './nodes.js';
import type { Screen } from './screen.js';

/** Fetches the kubeconfig of an admin. */
export async function showKubeconfig(screen: Screen, nodes: StoryNodes): Promise<void> {
  screen.step('Kubeconfig');
  const archive = await collectBytes(cluster(nodes.talos).kubeconfig());
  const text = unpackOne(archive);
  const config = parse(text) as {
    'current-context': string;
    clusters: { cluster: { server: string } }[];
  };
  screen.line(`context ${config['current-context']}, server ${config.clusters[0]?.cluster.server}`);
  screen.line(`${text.length} characters with the key of an admin: for its owner alone`);
}

/**
 * The one file of the archive. Talos sends header and content and leaves out the end that a tar
 * has, which the usual libraries refuse.
 */
export function unpackOne(archive: Uint8Array): string {
  const tar = gunzipSync(archive);
  const size = Number.parseInt(tar.subarray(124, 136).toString('ascii'), 8);
  const content = tar.subarray(512, 512 + size);
  if (!(size > 0) || content.length !== size) throw new StoryError('the kubeconfig is cut short');
  return content.toString('utf8');
}
