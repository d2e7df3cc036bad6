import type { ClusterReport } from './door.js';

/** What to say of the clusters in the end: what is not as it should be, or that all is. */
export function judge(
  clusters: readonly ClusterReport[],
  version: string,
): { readonly isGood: boolean; readonly lines: readonly string[] } {
  const nodes = clusters.flatMap(({ cluster, nodes }) =>
    nodes.map((node) => ({ cluster, ...node })),
  );
  const wrong = nodes.filter(
    (node) =>
      node.version !== version || node.installs !== 1 || node.reboots !== 1 || !node.schedulable,
  );
  if (wrong.length === 0) {
    const all = `${nodes.length} nodes of ${clusters.length} clusters`;
    return {
      isGood: true,
      lines: [`${all} run ${version}: each was installed once, rebooted once, and is schedulable`],
    };
  }
  return {
    isGood: false,
    lines: wrong.map(
      ({ cluster, node, version: running, installs, reboots, schedulable }) =>
        `WRONG: ${cluster} ${node} runs ${running}, installed ${installs} times, rebooted ` +
        `${reboots} times, ${schedulable ? 'schedulable' : 'cordoned'}`,
    ),
  };
}
