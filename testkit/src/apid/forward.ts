import type { CallMetadata, ServerCall } from '../base/calls/context.js';
import type { CertificateFlaw } from '../base/calls/faults.js';
import {
  ConnectionLost,
  MessageCut,
  ServerStatus,
  StreamReset,
  toServerStatus,
} from '../base/calls/status.js';
import type { Machine } from '../base/machine.js';
import { sleep } from '../base/time/clock.js';
import { callerRoles, IMPERSONATOR } from './authorize.js';
import { checkSize } from './limits.js';
import { peers } from './peers.js';
import { dialled, hostOf, isAddress, isInvalidTarget } from './target.js';

/** How long a node waits for another one to take a connection. */
const CONNECT_MS = 20_000;

/** What apid of a node does with a call. */
export type Deliver = (
  machine: Machine,
  call: ServerCall,
  requests: AsyncIterable<Uint8Array>,
) => AsyncIterable<Uint8Array>;

/**
 * Passes a call on to one other node and its replies back, byte for byte.
 *
 * @throws {ServerStatus} when this node passes nothing on, or the target cannot be one.
 */
export function forward(
  from: Machine,
  target: string,
  call: ServerCall,
  requests: AsyncIterable<Uint8Array>,
  deliver: Deliver,
): AsyncIterable<Uint8Array> {
  checkTarget(from, target);
  return passOn(from, target, call, requests, deliver);
}

/**
 * Refuses what no connection is tried for.
 *
 * @throws {ServerStatus}
 */
export function checkTarget(from: Machine, target: string): void {
  if (from.type !== 'controlplane') {
    throw new ServerStatus('permission-denied', 'no request forwarding');
  }
  if (isInvalidTarget(target)) {
    throw new ServerStatus('internal', `invalid target ${JSON.stringify(target)}`);
  }
}

async function* passOn(
  from: Machine,
  target: string,
  call: ServerCall,
  requests: AsyncIterable<Uint8Array>,
  deliver: Deliver,
): AsyncGenerator<Uint8Array, void, undefined> {
  const host = hostOf(target);
  const to = reach(from, host);
  if (to.port === 'silent') {
    await sleep(from.cluster.clock, CONNECT_MS, call.signal);
    throw dialError(to.address, 'i/o timeout');
  }
  const line = { from, to, signal: call.signal };
  const ended = from.state(peers).call(host, to);
  const passed: ServerCall = {
    ...call,
    metadata: passedMetadata(from, call),
    authority: dialled(host),
    roles: [IMPERSONATOR],
    peer: { address: from.address, sideroLink: false },
  };
  try {
    for await (const reply of overLine(line, deliver(to, passed, overLine(line, requests)))) {
      checkSize(reply.length);
      yield reply;
    }
  } catch (cause) {
    if (cause instanceof ServerStatus) await untilMended(line);
    // What broke is the connection between the nodes; that to the caller stands.
    if (
      cause instanceof ConnectionLost ||
      cause instanceof StreamReset ||
      cause instanceof MessageCut
    ) {
      throw toServerStatus(cause);
    }
    throw cause;
  } finally {
    ended();
  }
}

/** What carries a call between two nodes, while the call lasts. */
interface Line {
  readonly from: Machine;
  readonly to: Machine;
  readonly signal: AbortSignal;
}

/** Packets are lost while the line is cut, and sent again: what is on the way waits. */
async function* overLine<T>(line: Line, items: AsyncIterable<T>): AsyncGenerator<T, void> {
  for await (const item of items) {
    await untilMended(line);
    yield item;
  }
  await untilMended(line);
}

async function untilMended({ from, to, signal }: Line): Promise<void> {
  const { network } = from.cluster;
  if (network.reaches(from.address, to.address)) return;
  await network.untilReaches(from.address, to.address, signal);
}

/** What travels on: everything but the routing, with the roles of the caller and what it dialled. */
function passedMetadata(from: Machine, call: ServerCall): CallMetadata {
  const metadata = new Map(call.metadata);
  metadata.delete('node');
  metadata.delete('nodes');
  metadata.set('proxyfrom', [call.authority]);
  metadata.set('talos-role', callerRoles(call, from.inMaintenance));
  return metadata;
}

/**
 * The node that `host` names, if there is a way to it and, unless there is a connection already, it
 * shows the right certificate.
 */
function reach(from: Machine, host: string): Machine {
  const to = from.cluster.machineAt(host, from);
  if (to === undefined) {
    throw isAddress(host)
      ? dialError(host, 'connect: no route to host')
      : unavailable(`name resolver error: produced zero addresses for ${host}`);
  }
  if (!to.isOn || !from.cluster.network.reaches(from.address, to.address)) {
    throw dialError(to.address, 'connect: no route to host');
  }
  if (!to.isApiUp || to.port === 'refused') {
    throw dialError(to.address, 'connect: connection refused');
  }
  // Who says nothing shows no certificate either.
  if (to.port === 'silent') return to;
  if (from.state(peers).has(host, to)) return to;
  if (to.certificateFlaw !== undefined) throw handshakeFailure(flaws[to.certificateFlaw]);
  if (to.identity?.trust.id !== from.identity?.trust.id) {
    throw handshakeFailure(flaws['wrong-ca']);
  }
  return to;
}

const flaws: Readonly<Record<CertificateFlaw, string>> = {
  expired: 'x509: certificate has expired or is not yet valid',
  'not-yet-valid': 'x509: certificate has expired or is not yet valid',
  'wrong-ca': 'x509: certificate signed by unknown authority',
  'wrong-name': 'x509: certificate is valid for other names',
};

function handshakeFailure(problem: string): ServerStatus {
  return unavailable(
    'connection error: desc = "transport: authentication handshake failed: tls: failed to verify ' +
      `certificate: ${problem}"`,
  );
}

function dialError(address: string, problem: string): ServerStatus {
  return unavailable(
    'connection error: desc = "transport: Error while dialing: dial tcp ' +
      `${dialled(address)}: ${problem}"`,
  );
}

function unavailable(message: string): ServerStatus {
  return new ServerStatus('unavailable', message);
}
