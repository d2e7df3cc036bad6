import { setTimeout as sleep } from 'node:timers/promises';
import { isTalosError, lines, type TalosNode } from 'talos-client';
import { cosi } from 'talos-client/cosi';
import { BootID } from 'talos-client/cosi/runtime';
import { lifecycle } from 'talos-client/lifecycle';
import { logs } from 'talos-client/logs';
import { cutLine, eventText } from './event-text.js';
import type { StoryNodes } from './nodes.js';
import type { Screen } from './screen.js';
import { eventsAcrossBoots } from './stages.js';

/**
 * Reboots a node while events and logs of several nodes are followed, until it is back: running,
 * ready, and with another boot id than before.
 */
export async function watchReboot(
  screen: Screen,
  nodes: StoryNodes,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  screen.step(`Reboot ${name}, with events and logs of all nodes as they come`);
  const target = nodes.target(name);
  const before = await bootId(target);
  const end = new AbortController();
  const following = followLogs(screen, nodes, AbortSignal.any([signal, end.signal]));
  try {
    await followEvents(screen, nodes, { name, before, signal });
  } finally {
    end.abort(ended);
    await following.catch((error: unknown) => {
      if (error !== ended) throw error;
    });
  }
}

const ended = new Error('the node is back');

interface Reboot {
  readonly name: string;
  readonly before: string;
  readonly signal: AbortSignal;
}

async function followEvents(screen: Screen, nodes: StoryNodes, reboot: Reboot): Promise<void> {
  const { name, before, signal } = reboot;
  const target = nodes.target(name);
  const listening = new Set<string>();
  const told = new Set<string>();
  let rebooting = false;
  const news = nodes.set.merge((node, stop) => eventsAcrossBoots(node, stop, {}), { signal });
  for await (const { node, value } of news) {
    const from = nodes.nameOf(node);
    if (value.kind === 'lost') {
      screen.node(from, `connection lost: ${value.reason}`);
      told.clear();
      continue;
    }
    const { payload } = value.event;
    const text = eventText(payload);
    // A service that runs says so again when it is healthy, and a stage while it waits.
    const again = told.has(`${from} ${text}`);
    told.add(`${from} ${text}`);
    if (text !== undefined && !again) screen.node(from, text);
    if (payload.case === 'hello' && !rebooting) {
      listening.add(from);
      if (listening.size < nodes.all.length) continue;
      // Every subscription holds by now: nothing of the reboot can be missed.
      rebooting = true;
      const { actorId } = await lifecycle(target).reboot({ mode: 'DEFAULT' });
      screen.node(name, `reboot asked for, action ${actorId}`);
    }
    if (from !== name || payload.case !== 'machineStatus') continue;
    const { stage, status } = payload.value;
    if (stage !== 'RUNNING' || status?.ready !== true) continue;
    const now = await bootId(target);
    if (now === before) continue;
    screen.node(name, `is back: boot id ${before.slice(0, 8)} before, ${now.slice(0, 8)} now`);
    return;
  }
}

/** The id that the kernel makes at each boot. */
async function bootId(node: TalosNode): Promise<string> {
  const { spec } = await cosi(node).get(BootID);
  return spec.bootId;
}

/** Tells what the kubelets write, across the reboot. Ends with `signal` alone. */
async function followLogs(screen: Screen, nodes: StoryNodes, signal: AbortSignal): Promise<void> {
  const follow = nodes.set.merge((node, stop) => kubeletLog(node, stop), { signal });
  for await (const { node, value } of follow) {
    screen.node(nodes.nameOf(node), `kubelet: ${cutLine(value)}`);
  }
}

async function* kubeletLog(node: TalosNode, signal: AbortSignal): AsyncGenerator<string> {
  // The last line and what comes; after a reboot, all that the new kubelet has written.
  let tailLines = 1;
  for (;;) {
    try {
      const request = { namespace: 'system', id: 'kubelet', follow: true, tailLines };
      yield* lines(logs(node).logs(request, { signal }));
    } catch (error) {
      signal.throwIfAborted();
      if (!isTalosError(error) || error.code !== 'rpc') throw error;
    }
    tailLines = -1;
    await sleep(100, undefined, { signal });
  }
}
