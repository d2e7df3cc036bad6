import type { ServerCall } from '../base/calls/context.js';
import { journalEntry } from '../base/calls/journal.js';
import { ServerStatus } from '../base/calls/status.js';
import type { Machine } from '../base/machine.js';
import { untilAborted } from '../base/time/abort.js';
import { callerRoles } from './authorize.js';
import { forward } from './forward.js';
import { fanOut } from './one-to-many.js';
import { isOwnName } from './own-names.js';
import { decideRoute, type Route } from './routing.js';
import { type Daemon, serve } from './serve.js';

/**
 * What a daemon of a node does with a call. Apid serves it, passes it on to another node, or to
 * many; trustd serves it. Both transports end here.
 */
export function handleCall(
  machine: Machine,
  call: ServerCall,
  requests: AsyncIterable<Uint8Array>,
  daemon: Daemon = 'apid',
): AsyncIterable<Uint8Array> {
  if (daemon === 'trustd') return serve(machine, call, requests, daemon);
  const route = routeOf(machine, call);
  switch (route.kind) {
    case 'local':
      return serve(machine, call, requests);
    case 'one':
      return passing(machine, call, (held) =>
        forward(machine, route.target, held, requests, handleCall),
      );
    case 'many':
      return passing(machine, call, (held) =>
        fanOut(machine, route.targets, held, requests, handleCall),
      );
  }
}

/** A call that the node passes on is lost when the node loses its connections. */
async function* passing(
  machine: Machine,
  call: ServerCall,
  pass: (call: ServerCall) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const open = machine.calls.open(call.signal);
  try {
    const replies = refusalsNoted(machine, call, () => pass({ ...call, signal: open.signal }));
    yield* untilAborted(replies, open.signal);
  } finally {
    open.close();
  }
}

function routeOf(machine: Machine, call: ServerCall): Route {
  return refusalsNoted(machine, call, () =>
    decideRoute(call.path, call.metadata, {
      routingDisabled: machine.inMaintenance,
      canForward: machine.type === 'controlplane',
      isOwn: (target) => isOwnName(machine, target),
      talosVersion: machine.talosVersion,
    }),
  );
}

/** A call that apid refuses reaches no node, and is in the journal under the one that refused it. */
function refusalsNoted<T>(machine: Machine, call: ServerCall, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (cause instanceof ServerStatus) {
      const { journal, clock } = machine.cluster;
      const roles = callerRoles(call, machine.inMaintenance);
      const entry = journalEntry(call, machine.name, roles, clock.now());
      journal.add({ ...entry, outcome: cause.status });
      journal.changed();
    }
    throw cause;
  }
}
