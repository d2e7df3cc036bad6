import type { ServerCall } from '../base/calls/context.js';
import { type ServerStatus, toServerStatus } from '../base/calls/status.js';
import type { Machine } from '../base/machine.js';
import { checkTarget, type Deliver, forward } from './forward.js';
import { failedReply, type ReplyForm, withHostname } from './metadata.js';
import { mixed } from './mixed.js';
import { Tee } from './tee.js';

/**
 * Passes a call on to many nodes, the node itself included, each through the network.
 *
 * A unary call answers when every node has answered or failed, with one entry per node in the order
 * they finished, and with OK even if all failed. Streams are mixed as their messages come, and a
 * node that fails puts one message with its error in.
 *
 * @throws {ServerStatus} when this node passes nothing on, or one of the targets cannot be one.
 */
export function fanOut(
  from: Machine,
  targets: readonly string[],
  call: ServerCall,
  requests: AsyncIterable<Uint8Array>,
  deliver: Deliver,
): AsyncIterable<Uint8Array> {
  for (const target of targets) checkTarget(from, target);
  const tee = new Tee(requests, targets.length);
  const form: ReplyForm = isStreamed(call.path) ? 'message' : 'list';
  const replies = mixed(
    targets.map((target, index) =>
      repliesOf(target, form, call, forward(from, target, call, tee.branch(index), deliver)),
    ),
  );
  return form === 'message' ? replies : joined(replies);
}

/** The replies of one node, each with its name; at a failure, one that says so. */
async function* repliesOf(
  target: string,
  form: ReplyForm,
  call: ServerCall,
  replies: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const reply of replies) yield withHostname(reply, form, target);
  } catch (cause) {
    // The caller's own end is not a failure of the node.
    if (call.signal.aborted) throw call.signal.reason;
    yield failedReply(toServerStatus(cause) satisfies ServerStatus, form, target);
  }
}

/** One reply out of many: lists in field 1 grow by putting their bytes one after the other. */
async function* joined(
  replies: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const parts: Uint8Array[] = [];
  for await (const reply of replies) parts.push(reply);
  yield Buffer.concat(parts);
}

/** The methods whose replies are mixed; all others are taken for unary ones. */
const streamed: ReadonlySet<string> = new Set([
  '/machine.MachineService/Copy',
  '/machine.MachineService/DiskUsage',
  '/machine.MachineService/Dmesg',
  '/machine.MachineService/EtcdSnapshot',
  '/machine.MachineService/Events',
  '/machine.MachineService/ImageList',
  '/machine.MachineService/Kubeconfig',
  '/machine.MachineService/List',
  '/machine.MachineService/Logs',
  '/machine.MachineService/PacketCapture',
  '/machine.MachineService/Read',
  '/machine.LifecycleService/Install',
  '/machine.LifecycleService/Upgrade',
  '/cluster.ClusterService/HealthCheck',
]);

function isStreamed(path: string): boolean {
  return streamed.has(path) || path.endsWith('Stream');
}
