import type { Machine } from '../../base/machine.js';
import { deviceStatsOf } from '../network/devices.js';
import type { Protocol } from '../network/endpoint.js';
import { type NodeSocket, socketsOf } from '../network/sockets.js';
import { type Directory, directory, file } from './node.js';

/** `/proc/net`: counters and sockets of the network of the host. */
export function netOf(machine: Machine): Directory {
  const table = (protocol: Protocol) =>
    file(() => socketTable(machine, protocol), { permissions: 0o444 });
  return directory(
    () => ({
      dev: file(() => deviceTable(machine), { permissions: 0o444 }),
      raw: table('raw'),
      raw6: table('raw6'),
      tcp: table('tcp'),
      tcp6: table('tcp6'),
      udp: table('udp'),
      udp6: table('udp6'),
      udplite: table('udplite'),
      udplite6: table('udplite6'),
    }),
    { permissions: 0o555 },
  );
}

function deviceTable(machine: Machine): string {
  const head =
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|' +
    'bytes    packets errs drop fifo colls carrier compressed\n';
  const rows = deviceStatsOf(machine).devices.map((device) => {
    const { name, rxBytes, rxPackets, rxErrors, rxDropped, rxFifo, rxFrame } = device;
    const { rxCompressed, rxMulticast, txBytes, txPackets, txErrors, txDropped, txFifo } = device;
    const { txCollisions, txCarrier, txCompressed } = device;
    const received = [rxBytes, rxPackets, rxErrors, rxDropped, rxFifo, rxFrame];
    const sent = [txBytes, txPackets, txErrors, txDropped, txFifo, txCollisions];
    const counters = [...received, rxCompressed, rxMulticast, ...sent, txCarrier, txCompressed];
    return `${name.padStart(6)}: ${counters.join(' ')}\n`;
  });
  return head + rows.join('');
}

/** States by the numbers of the kernel. */
const states = { ESTABLISHED: '01', CLOSE: '07', LISTEN: '0A' } as const;

function socketTable(machine: Machine, protocol: Protocol): string {
  const rows = socketsOf(machine)
    .filter((socket) => socket.protocol === protocol && socket.namespace === '')
    .map((socket, index) => socketRow(socket, index));
  return `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n${rows.join('')}`;
}

function socketRow({ protocol, local, remote, state, inode, process }: NodeSocket, index: number) {
  const end = ({ ip, port }: NodeSocket['local']) =>
    `${hexAddress(ip, protocol.endsWith('6'))}:${hex(port, 4)}`;
  const file = process === undefined ? 0 : inode;
  return (
    `${String(index).padStart(4)}: ${end(local)} ${end(remote)} ${states[state]} ` +
    `00000000:00000000 00:00000000 00000000     0        0 ${file} 1 0000000000000000 0\n`
  );
}

/** The kernel writes addresses as 32-bit words in the order of the processor. */
function hexAddress(ip: string, isLong: boolean): string {
  const bytes = ip.includes(':') ? [0, 0, 0, 0] : ip.split('.').map(Number);
  const word = bytes
    .reverse()
    .map((byte) => hex(byte, 2))
    .join('');
  if (!isLong) return word;
  // An IPv4 address in the place of an IPv6 one.
  return `${'0'.repeat(16)}${ip.includes(':') ? '00000000' : 'FFFF0000'}${word}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
