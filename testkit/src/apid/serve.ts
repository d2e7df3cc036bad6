import type { AnyMethod } from 'talos-client';
import type { ServedCall, ServerCall } from '../base/calls/context.js';
import { controlPlaneOnly } from '../base/calls/control-plane-only.js';
import { journalEntry, type OpenEntry } from '../base/calls/journal.js';
import { methodAt, serviceNames, serviceOf } from '../base/calls/methods.js';
import { decodeRequests, runHandler } from '../base/calls/rpc.js';
import { ConnectionLost, MessageCut, ServerStatus, toServerStatus } from '../base/calls/status.js';
import type { Machine } from '../base/machine.js';
import { untilAborted } from '../base/time/abort.js';
import { supports } from '../base/versions.js';
import { handlerFor } from '../handlers/index.js';
import { authorize, callerRoles } from './authorize.js';
import { throughFaults } from './faulty.js';
import { checkOldMaintenance } from './old-maintenance.js';
import { overrides } from './overrides.js';

/** What serves a port of a node: apid the whole API, trustd the certificates of workers. */
export type Daemon = 'apid' | 'trustd';

/**
 * Serves a call on the node it reached: the part of machined, or of trustd. First come the faults of the node,
 * then what Talos checks, in its order: the node has the method, the caller may call it, the node
 * is of the right type. Then the handler runs.
 */
export async function* serve(
  machine: Machine,
  call: ServerCall,
  requests: AsyncIterable<Uint8Array>,
  daemon: Daemon = 'apid',
): AsyncGenerator<Uint8Array, void, undefined> {
  const { journal, clock } = machine.cluster;
  const roles = daemon === 'trustd' ? [] : callerRoles(call, machine.inMaintenance);
  const entry = journal.add(journalEntry(call, machine.name, roles, clock.now()));
  const open = machine.calls.open(call.signal);
  try {
    const replies = untilAborted(
      answer(machine, daemon, { ...call, roles, signal: open.signal }, requests, entry),
      open.signal,
    );
    for await (const reply of replies) {
      entry.replies += 1;
      yield reply;
    }
    entry.outcome = 'ok';
  } catch (cause) {
    entry.outcome = cause instanceof ConnectionLost ? 'lost' : outcomeOf(cause);
    throw cause;
  } finally {
    // Left in the middle: the one who read the replies went away.
    entry.outcome ??= 'cancelled';
    open.close();
    journal.changed();
  }
}

function outcomeOf(cause: unknown): OpenEntry['outcome'] {
  return cause instanceof MessageCut ? 'ok' : toServerStatus(cause).status;
}

/** The replies; `call.roles` are those the caller has here. */
async function* answer(
  machine: Machine,
  daemon: Daemon,
  call: ServerCall,
  bytes: AsyncIterable<Uint8Array>,
  entry: OpenEntry,
): AsyncGenerator<Uint8Array, void, undefined> {
  const method = methodOf(machine, daemon, call.path);
  if (daemon === 'apid') checkOldMaintenance(machine, call.path, call.peer);
  // Whoever sees the call in the journal may change the faults: those of this call are settled by then.
  const faults = machine.faults.take(call.path);
  const { journal } = machine.cluster;
  journal.changed();
  const requests = noted(decodeRequests(method, bytes), entry, () => journal.changed());
  const single = method.kind === 'unary' || method.kind === 'server-stream';
  // What was asked is in the journal even when a fault keeps the handler from seeing it.
  const known = single ? listed(await all(requests)) : requests;
  const { clock } = machine;
  const crash = () => machine.halt('crash');
  yield* throughFaults({ faults, clock, signal: call.signal, crash }, known, (taken) =>
    handle(machine, method, call, taken),
  );
}

function handle(
  machine: Machine,
  method: AnyMethod,
  call: ServerCall,
  requests: AsyncIterable<unknown>,
): AsyncIterable<Uint8Array> {
  // Those who call trustd have no certificate: it asks for the machine token, which a handler does.
  if (serviceOf(method.path) !== TRUSTD) authorize(method, call.roles, machine);
  const override = machine.state(overrides).get(method.path);
  if (override === undefined) checkType(machine, method);
  return runHandler(
    method,
    override ?? handlerFor(method),
    contextOf(machine, method, call),
    requests,
  );
}

function contextOf(machine: Machine, method: AnyMethod, call: ServerCall): ServedCall {
  const { cluster, clock } = machine;
  const { roles, peer, metadata, signal, deadline } = call;
  return {
    machine,
    cluster,
    method,
    clock,
    random: machine.randomOfCall(),
    roles,
    peer,
    metadata,
    signal,
    deadline,
  };
}

/** The method, if the daemon serves it and the release on the node has it. */
function methodOf(machine: Machine, daemon: Daemon, path: string): AnyMethod {
  const method = methodAt(path);
  const service = serviceOf(path);
  const served = serviceNames.has(service) && (service === TRUSTD) === (daemon === 'trustd');
  if (
    method !== undefined &&
    served &&
    supports(machine.talosVersion, method.since) &&
    (method.removal === undefined ||
      !supports(machine.talosVersion, method.removal.replace('v', '')))
  ) {
    return method;
  }
  throw new ServerStatus(
    'unimplemented',
    served
      ? `unknown method ${path.slice(path.lastIndexOf('/') + 1)} for service ${service}`
      : `unknown service ${service}`,
  );
}

/** Served by trustd on a port of its own. */
const TRUSTD = 'securityapi.SecurityService';

/** RPCs for control planes that look at other things first. */
const checksItself: ReadonlySet<string> = new Set(['/machine.MachineService/Bootstrap']);

function checkType(machine: Machine, method: AnyMethod): void {
  if (method.controlPlane !== true || machine.type === 'controlplane') return;
  if (checksItself.has(method.path)) return;
  throw controlPlaneOnly(method);
}

async function* noted(
  requests: AsyncIterable<unknown>,
  entry: OpenEntry,
  changed: () => void,
): AsyncGenerator<unknown, void, undefined> {
  for await (const request of requests) {
    entry.request ??= request;
    entry.requests += 1;
    changed();
    yield request;
  }
}

async function all(requests: AsyncIterable<unknown>): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const request of requests) list.push(request);
  return list;
}

async function* listed(requests: readonly unknown[]): AsyncGenerator<unknown, void, undefined> {
  yield* requests;
}
