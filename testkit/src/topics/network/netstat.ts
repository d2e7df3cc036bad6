import type { Init } from 'talos-client';
import type { ConnectRecord, NetstatRequest } from '../../../generated/network.js';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { uptimeOf } from '../../base/time/wave.js';
import { containers } from '../containers/containers.js';
import type { Endpoint, Protocol } from './endpoint.js';
import { type NodeSocket, socketsOf } from './sockets.js';

/** The tables of the kernel, in the order in which they are read. */
const protocols: readonly Protocol[] = [
  'tcp',
  'tcp6',
  'udp',
  'udp6',
  'udplite',
  'udplite6',
  'raw',
  'raw6',
];

/**
 * The sockets that a request asks for. One that names no protocol, or no network namespace, asks for
 * nothing.
 *
 * @throws {ServerStatus} `invalid-argument` for a filter that there is not.
 */
export function netstat(
  machine: Machine,
  request: NetstatRequest,
  caller: Endpoint,
): readonly Init<ConnectRecord>[] {
  const { l4proto, feature, netns } = request;
  const accepts = filterOf(request);
  const wanted = protocols.filter((protocol) => l4proto?.[protocol] === true);
  const sockets = socketsOf(machine, caller).filter(accepts);
  const names = netns?.allnetns === true ? namespacesOf(machine) : (netns?.netns ?? []);
  const namespaces = [...(netns?.hostnetwork === true ? [''] : []), ...new Set(names)];
  return namespaces.flatMap((namespace) =>
    wanted.flatMap((protocol) =>
      sockets
        .filter((socket) => socket.namespace === namespace && socket.protocol === protocol)
        .map((socket) => record(machine, socket, feature?.pid === true)),
    ),
  );
}

/** The names of the network namespaces of the pods that have their own. */
function namespacesOf(machine: Machine): readonly string[] {
  return machine.state(containers).pods.flatMap(({ networkNamespace }) => networkNamespace ?? []);
}

function filterOf({ filter }: NetstatRequest): (socket: NodeSocket) => boolean {
  const hasPeer = ({ remote }: NodeSocket) => remote.ip !== '0.0.0.0' && remote.ip !== '::';
  switch (filter) {
    case 'ALL':
      return () => true;
    case 'CONNECTED':
      return (socket) => hasPeer(socket) && socket.remote.port !== 0;
    case 'LISTENING':
      return (socket) => !hasPeer(socket) && socket.remote.port === 0;
    default:
      throw new ServerStatus('invalid-argument', `invalid filter: ${filter}`);
  }
}

/** After how many seconds of silence the kernel asks whether the other end is still there. */
const KEEPALIVE_SECONDS = 15;

/** The kernel's timers count in hundredths of a second. */
const TICKS_PER_SECOND = 100;

function record(machine: Machine, socket: NodeSocket, withProcess: boolean): Init<ConnectRecord> {
  const { protocol, state, local, remote, inode, process, namespace } = socket;
  const timed = protocol.startsWith('tcp') && state === 'ESTABLISHED';
  // Each connection has been silent for another time.
  const silent = (uptimeOf(machine) + inode / TICKS_PER_SECOND) % KEEPALIVE_SECONDS;
  return {
    l4proto: protocol,
    localip: local.ip,
    localport: local.port,
    remoteip: remote.ip,
    remoteport: remote.port,
    state,
    tr: timed ? 'KEEPALIVE' : 'OFF',
    timerwhen: timed ? BigInt(Math.ceil((KEEPALIVE_SECONDS - silent) * TICKS_PER_SECOND)) : 0n,
    // The kernel's own sockets have no file.
    inode: process === undefined ? 0n : BigInt(inode),
    ref: protocol.startsWith('tcp') ? 1n : 2n,
    // There, and empty, when nobody asked for it or there is none.
    process: withProcess && process !== undefined ? process : {},
    netns: namespace,
  };
}
