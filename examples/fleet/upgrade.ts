import { createTalosClient } from 'talos-client';
import { type FleetRun, type Json, type ProgressRow, upgradeFleet } from 'talos-client/fleet';
import { loadTalosconfig, readTalosconfig } from 'talos-client/talosconfig';
import type { Screen } from './screen.js';
import type { TableCluster } from './table.js';

/** The id of the run. Whoever starts it again under this id goes on with it. */
export const RUN = 'talos-1.14.1';
/** What the clusters are upgraded to. */
export const VERSION = 'v1.14.1';

/** The flow: contexts of a talosconfig are clusters, and each step that needs one reads it there. */
export function upgradeOf(talosconfig: string) {
  return upgradeFleet({
    connect: async (context) =>
      createTalosClient(await loadTalosconfig({ path: talosconfig, context })),
  });
}

/** What it is run with. */
export function inputFor(clusters: readonly TableCluster[]) {
  return {
    clusters: clusters.map(({ name }) => name),
    image: `ghcr.io/siderolabs/installer:${VERSION}`,
    canary: 1,
    approval: 'after canary',
    clustersAtOnce: 3,
  } as const;
}

/** The clusters of a talosconfig. */
export async function clustersIn(talosconfig: string): Promise<readonly TableCluster[]> {
  const { contexts } = await readTalosconfig({ path: talosconfig });
  return contexts.map(({ name, nodes }) => ({ name, nodes }));
}

/** Whether a row says that the run waits for somebody to approve of what the canary shows. */
export function isApprovalAwaited({ step, state }: ProgressRow): boolean {
  return step === 'approval' && state === 'waiting';
}

/** Shows how far a run is until it ends, and approves of what the canary shows. */
export async function follow(
  run: FleetRun<Json>,
  screen: Screen,
  signal: AbortSignal,
): Promise<void> {
  for await (const row of run.progress({ signal })) {
    screen.row(row);
    if (isApprovalAwaited(row)) {
      screen.say('the canary is upgraded: approved, the others may begin');
      await run.send('approval', true);
    }
  }
}
