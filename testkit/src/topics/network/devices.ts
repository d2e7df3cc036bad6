import type { NetDev, NetworkDeviceStats } from '../../../generated/network.js';
import type { Machine } from '../../base/machine.js';
import { counterOf } from '../../base/time/wave.js';
import { hasPodNetwork } from '../cosi/catalogue/kubernetes-state.js';

/** How busy a network device is: packets per second, and the bytes of one. */
interface Load {
  readonly name: string;
  readonly received: number;
  readonly sent: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** Packets per second for many receivers. */
  readonly multicast?: number;
}

/** The counters of /proc/net/dev. The total is that of all devices, and has all their names. */
export function deviceStatsOf(machine: Machine): NetworkDeviceStats {
  const devices = loadsOf(machine).map((load) => counters(machine, load));
  const names = devices.map(({ name }) => name).sort();
  return { metadata: undefined, total: devices.reduce(sum, none(names.join(', '))), devices };
}

function loadsOf(machine: Machine): readonly Load[] {
  const control = machine.type === 'controlplane';
  const busy = machine.inMaintenance ? 0.05 : control ? 4 : 1;
  const card: Load = {
    name: 'eth0',
    received: 31 * busy,
    sent: 28 * busy,
    bytesReceived: 412,
    bytesSent: 536,
    multicast: 0.4,
  };
  // What a node sends to itself it receives.
  const own = control ? 96 : 9 * busy;
  const loopback: Load = {
    name: 'lo',
    received: own,
    sent: own,
    bytesReceived: 344,
    bytesSent: 344,
  };
  if (!hasPodNetwork(machine)) return [card, loopback];
  const pods = { received: 3.1, sent: 3.4, bytesReceived: 131, bytesSent: 188 };
  return [{ ...pods, name: 'cni0' }, card, { ...pods, name: 'flannel.1' }, loopback];
}

function counters(machine: Machine, load: Load): NetDev {
  const { name, received, sent, bytesReceived, bytesSent, multicast = 0 } = load;
  const rxPackets = counterOf(machine, `net/${name}/received`, received);
  const own = name === 'lo';
  const txPackets = own ? rxPackets : counterOf(machine, `net/${name}/sent`, sent);
  return {
    ...none(name),
    rxPackets,
    rxBytes: rxPackets * BigInt(bytesReceived),
    rxMulticast: multicast === 0 ? 0n : counterOf(machine, `net/${name}/multicast`, multicast),
    rxDropped: name === 'eth0' ? rxPackets / 90_000n : 0n,
    txPackets,
    txBytes: txPackets * BigInt(bytesSent),
  };
}

function sum(total: NetDev, device: NetDev): NetDev {
  const result = { ...total };
  for (const [name, value] of Object.entries(device) as [keyof NetDev, unknown][]) {
    if (name !== 'name' && typeof value === 'bigint') result[name] += value;
  }
  return result;
}

function none(name: string): NetDev {
  return {
    name,
    rxBytes: 0n,
    rxPackets: 0n,
    rxErrors: 0n,
    rxDropped: 0n,
    rxFifo: 0n,
    rxFrame: 0n,
    rxCompressed: 0n,
    rxMulticast: 0n,
    txBytes: 0n,
    txPackets: 0n,
    txErrors: 0n,
    txDropped: 0n,
    txFifo: 0n,
    txCollisions: 0n,
    txCarrier: 0n,
    txCompressed: 0n,
  };
}
