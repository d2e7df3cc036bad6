import { isTalosError, type TalosNode } from 'talos-client';
import { cosi } from 'talos-client/cosi';
import { BootID } from 'talos-client/cosi/runtime';
import { type FollowMark, followEvents, followLogs } from 'talos-client/follow';
import { lifecycle } from 'talos-client/lifecycle';
import { cutLine, eventText } from './event-text.js';
import type { StoryNodes } from './nodes.js';
import type { Screen } from './screen.js';

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
  const following = showLogs(screen, nodes, AbortSignal.any([signal, end.signal]));
  try {
    await watchEvents(screen, nodes, { name, before, signal });
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

async function watchEvents(screen: Screen, nodes: StoryNodes, reboot: Reboot): Promise<void> {
  const { name, before, signal } = reboot;
  const target = nodes.target(name);
  const listening = new Set<string>();
  const told = new Set<string>();
  let rebooting = false;
  const news = nodes.set.merge((node) => followEvents(node, {}, { reconnect }), { signal });
  for await (const { node, value } of news) {
    const from = nodes.nameOf(node);
    if (value.type === 'connected' && !rebooting) {
      listening.add(from);
      if (listening.size < nodes.all.length) continue;
      // Every subscription holds by now: nothing of the reboot can be missed.
      rebooting = true;
      const { actorId } = await lifecycle(target).reboot({ mode: 'DEFAULT' });
      screen.node(name, `reboot asked for, action ${actorId}`);
    }
    if (value.type !== 'event') {
      const text = markText(value);
      if (text !== undefined) screen.node(from, text);
      if (value.type === 'rebooted') told.clear();
      continue;
    }
    const { payload } = value.event;
    const text = eventText(payload);
    // A service that runs says so again when it is healthy, and a stage while it waits.
    const again = told.has(`${from} ${text}`);
    told.add(`${from} ${text}`);
    if (text !== undefined && !again) screen.node(from, text);
    if (from !== name || payload.case !== 'machineStatus') continue;
    const { stage, status } = payload.value;
    if (stage !== 'RUNNING' || status?.ready !== true) continue;
    const now = await bootId(target);
    if (now === before) continue;
    screen.node(name, `is back: boot id ${before.slice(0, 8)} before, ${now.slice(0, 8)} now`);
    return;
  }
}

/** How the connection to a node fares, where that is worth a line. */
function markText(mark: FollowMark): string | undefined {
  if (mark.type === 'rebooted') return `is in another boot, ${mark.bootId.slice(0, 8)}`;
  if (mark.type !== 'disconnected') return undefined;
  const { error } = mark;
  const reason = isTalosError(error) && error.code === 'rpc' ? error.reason : undefined;
  return `connection lost: ${reason ?? 'the node ended the stream'}`;
}

/** A simulated node is back within a second or two. */
const reconnect = { firstMs: 100, maxMs: 1_000 };

/** The id that the kernel makes at each boot. */
async function bootId(node: TalosNode): Promise<string> {
  const { spec } = await cosi(node).get(BootID);
  return spec.bootId;
}

/** Tells what the kubelets write, across the reboot. Ends with `signal` alone. */
async function showLogs(screen: Screen, nodes: StoryNodes, signal: AbortSignal): Promise<void> {
  // The last line and what comes; after a reboot, all that the new kubelet writes.
  const request = { id: 'kubelet', tailLines: 1 };
  const logs = nodes.set.merge((node) => followLogs(node, request, { reconnect }), { signal });
  for await (const { node, value } of logs) {
    if (value.type === 'line') {
      screen.node(nodes.nameOf(node), `kubelet: ${cutLine(value.line)}`);
    }
  }
}
