import type { Machine } from '../../base/machine.js';
import type { Script } from '../../base/time/script.js';
import { keptBy } from '../../topics/kubernetes/eviction.js';
import { kubernetes } from '../../topics/kubernetes/kubernetes.js';
import { pods } from '../../topics/kubernetes/pods.js';
import { services } from '../../topics/services/services.js';
import { type Phase, phase } from './sequence.js';

/** Services of the boot, in the order they end: what runs in the container runtime first. */
const ephemeral: readonly (readonly string[])[] = [['kubelet', 'trustd', 'etcd'], ['cri']];

/** Streams that follow something get this long to end before the API does. */
const CLOSING_MS = 20;

/** How long pods may take to go before the node stops all the same; 5 minutes really. */
const DRAIN_MS = 15_000;

/** How often a pod is asked to go that its budget keeps. */
const EVICTION_MS = 250;

/** How long pods get to end when Talos evicts them, in seconds. */
const EVICTION_GRACE = 60;

/** Asks Kubernetes to run nothing more on the node, and has its pods go to others. */
export const drain: Phase = phase('drain', { name: 'cordonAndDrainNode', run: drainNode });

/** Ends the kubelet and the pods, which may be removed as well. */
export function cleanup(task: 'stopAllPods' | 'removeAllPods' = 'stopAllPods'): readonly Phase[] {
  return [phase('cleanup', { name: task, run: endPods }), phase('dbus', 'stopDBus')];
}

export const denyNewServices: Phase = phase('denyNewServices', 'denyNewServices');

/**
 * Ends what uses the disks, and lets go of them. The phase that unmounts what pods mounted has a name
 * of its own in an upgrade.
 */
export function releaseDisks(unmount: 'umount' | 'unmount' = 'umount'): readonly Phase[] {
  return [
    phase('stopServices', { name: 'stopServicesForUpgrade', run: stopEphemeral }),
    phase(unmount, 'unmountPodMounts'),
    ...releaseVolumes,
  ];
}

export const volumeFinalize: Phase = phase('volumeFinalize', 'teardownLifecycle');

/** Lets go of the volumes once nothing uses them. */
export const releaseVolumes: readonly Phase[] = [
  phase('unmountBind', 'unmountSystemDiskBindMounts'),
  phase('unmountPromotable', 'unmountPromotableSystemPartitions'),
  phase('unmountSystem', 'unmountEphemeralPartition'),
  volumeFinalize,
];

/** Ends all services. Its task is the last that callers see: the API goes with them. */
export const stopEverything: Phase = phase('stopEverything', {
  name: 'stopAllServices',
  run: stopAll,
});

/** Loads the next kernel, so that the firmware is left out; not before a power cycle. */
export const kexec: Phase = phase('kexec', 'kexecPrepare');

/** Ends all of it, with the next kernel loaded if there may be one. */
export function stopAllPhases(withKexec: boolean): readonly Phase[] {
  return [denyNewServices, ...releaseDisks(), stopEverything, ...(withKexec ? [kexec] : [])];
}

function* endPods(machine: Machine): Script {
  yield* stop(machine, ['kubelet']);
  machine.state(pods).stopAll();
}

function* drainNode(machine: Machine): Script {
  const state = machine.cluster.state(kubernetes);
  state.cordonForTalos(machine);
  for (let waited = 0; waited < DRAIN_MS && state.isUp; waited += EVICTION_MS) {
    // Those without an owner nobody would start elsewhere.
    const leaving = state.pods
      .on(machine)
      .filter(({ owner }) => owner !== undefined && owner.kind !== 'DaemonSet');
    if (leaving.length === 0) return;
    for (const pod of leaving) {
      const kept = pod.deletion !== undefined || keptBy(state, pod) !== undefined;
      if (!kept) state.deletePod(pod, EVICTION_GRACE);
    }
    yield EVICTION_MS;
  }
}

function* stopEphemeral(machine: Machine): Script {
  const state = machine.state(services);
  const extensions = state.list().filter(({ id }) => id.startsWith('ext-'));
  const [first = [], ...rest] = ephemeral;
  for (const ids of [[...extensions.map(({ id }) => id), ...first], ...rest]) {
    yield* stop(machine, ids);
  }
}

function* stopAll(machine: Machine): Script {
  yield* close(machine);
  const all = machine
    .state(services)
    .list()
    .map(({ id }) => id);
  yield* stop(
    machine,
    all.filter((id) => id !== 'machined'),
  );
}

/** Lets the streams end that follow something. */
export function* close(machine: Machine): Script {
  machine.beginClosing();
  yield CLOSING_MS;
}

function* stop(machine: Machine, ids: readonly string[]): Script {
  const state = machine.state(services);
  for (const id of ids) state.stopService(id);
  yield () => ids.every((id) => state.find(id)?.isDown !== false);
}
