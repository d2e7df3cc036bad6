import type { Machine } from '../../base/machine.js';
import type { Random } from '../../base/random.js';
import { DNS_SERVICE_IP, gatewayOf, hardwareAddrOf, podGatewayOf } from '../cosi/catalogue/plan.js';
import type { Endpoint } from './endpoint.js';
import { arpRequest, type Frame, tcpPacket, udpPacket } from './packets.js';
import { type NodeSocket, socketsOf } from './sockets.js';

/** A packet that passes a network device. */
export interface Passing {
  readonly packet: Uint8Array;
  /** Whether it is for this node, or from it, or for all; others are seen in promiscuous mode. */
  readonly ours: boolean;
}

/** How much more often than others the connection of the caller comes: a capture feeds itself. */
const CALLER_WEIGHT = 2;

/** Which network a device is part of, by what addresses are there. */
const networks: Readonly<Record<string, RegExp>> = {
  lo: /^127\./,
  eth0: /^10\.5\./,
  cni0: /^10\.(244|96)\./,
};

/** How long the connections of a node are taken to be the same, in milliseconds. */
const FRESH_MS = 1_000;

/**
 * What passes a device: mostly packets of the connections that `Netstat` shows, now and then
 * something that needs no connection.
 */
export class Traffic {
  readonly #machine: Machine;
  readonly #device: string;
  readonly #caller: Endpoint;
  readonly #random: Random;
  #connections: readonly NodeSocket[] = [];
  #lookAt = Number.NEGATIVE_INFINITY;

  constructor(machine: Machine, device: string, caller: Endpoint, random: Random) {
    this.#machine = machine;
    this.#device = device;
    this.#caller = caller;
    this.#random = random;
  }

  /** Draws the next packet. */
  next(): Passing {
    const machine = this.#machine;
    const device = this.#device;
    const random = this.#random;
    if (machine.clock.now() >= this.#lookAt) {
      this.#connections = this.#find();
      this.#lookAt = machine.clock.now() + FRESH_MS;
    }
    if (device === 'eth0' && random.float() < 0.2) return fromTheWire(machine, random);
    if (this.#connections.length === 0) return lonely(machine, device, random);
    const connection = random.pick(this.#connections);
    return { packet: ofConnection(machine, device, connection, random), ours: true };
  }

  #find(): readonly NodeSocket[] {
    const device = this.#device;
    const network = networks[device];
    if (network === undefined) return [];
    const connections = socketsOf(this.#machine, this.#caller).filter(
      ({ state, local, remote }) =>
        state === 'ESTABLISHED' &&
        network.test(remote.ip) &&
        // What a node sends to its own address does not leave it.
        (local.ip !== remote.ip || device === 'lo'),
    );
    const own = connections.filter(({ remote }) => remote.port === this.#caller.port);
    return [...connections, ...Array.from({ length: CALLER_WEIGHT }, () => own).flat()];
  }
}

function ofConnection(
  machine: Machine,
  device: string,
  { local, remote }: NodeSocket,
  random: Random,
): Uint8Array {
  const sent = random.float() < 0.5;
  const [source, destination] = sent ? [local, remote] : [remote, local];
  // A third only acknowledges; the rest is TLS, which nobody can look into.
  const payload = random.float() < 0.33 ? new Uint8Array() : tlsRecord(random);
  return tcpPacket(
    frameOf(machine, device, source.ip, destination.ip),
    { source, destination, payload },
    { sequence: random.uint32(), acknowledgement: random.uint32() },
  );
}

/** A TLS record with data of the application. */
function tlsRecord(random: Random): Uint8Array {
  const body = random.bytes(random.int(40, 1_180));
  return Buffer.concat([Buffer.from([23, 3, 3, body.length >>> 8, body.length & 0xff]), body]);
}

/** What is on the cable besides connections of the node. */
function fromTheWire(machine: Machine, random: Random): Passing {
  const peers = machine.cluster.machines.filter((peer) => peer !== machine && peer.isOn);
  const gateway = gatewayOf(machine);
  const router = hardwareOf(machine, gateway);
  if (peers.length === 0 || random.float() < 0.5) {
    const target = random.pick([machine, ...peers]).address;
    return { packet: arpRequest(router, gateway, target), ours: true };
  }
  const from = random.pick(peers);
  // The switch sends what it cannot place to everybody: the talk of others.
  const packet = udpPacket(
    { from: hardwareAddrOf(from), to: router },
    {
      source: { ip: from.address, port: 323 },
      destination: { ip: gateway, port: 123 },
      payload: random.bytes(48),
    },
  );
  return { packet, ours: false };
}

/** What passes a device where nobody is connected. */
function lonely(machine: Machine, device: string, random: Random): Passing {
  if (device === 'lo') {
    const source = { ip: '127.0.0.1', port: random.int(32_768, 60_999) };
    const destination = { ip: '127.0.0.53', port: 53 };
    const frame = frameOf(machine, device, source.ip, destination.ip);
    return {
      packet: udpPacket(frame, { source, destination, payload: dnsQuery(random) }),
      ours: true,
    };
  }
  if (device === 'eth0') {
    const gateway = gatewayOf(machine);
    return {
      packet: arpRequest(hardwareOf(machine, gateway), gateway, machine.address),
      ours: true,
    };
  }
  const source = { ip: podGatewayOf(machine), port: random.int(32_768, 60_999) };
  const destination = { ip: DNS_SERVICE_IP, port: 53 };
  const frame = frameOf(machine, device, source.ip, destination.ip);
  return {
    packet: udpPacket(frame, { source, destination, payload: dnsQuery(random) }),
    ours: true,
  };
}

/** A question for an address of the cluster. */
function dnsQuery(random: Random): Uint8Array {
  const name = ['kubernetes', 'default', 'svc', 'cluster', 'local'];
  const labels = name.map((label) =>
    Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]),
  );
  const header = Buffer.from([0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16BE(random.int(0, 0xffff), 0);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}

function frameOf(machine: Machine, device: string, from: string, to: string): Frame {
  if (device === 'lo') return { from: '00:00:00:00:00:00', to: '00:00:00:00:00:00' };
  return { from: hardwareOf(machine, from), to: hardwareOf(machine, to) };
}

/** The hardware address of whoever has an IP here; the router has all that are elsewhere. */
function hardwareOf(machine: Machine, ip: string): string {
  const peer = machine.cluster.machines.find(({ address }) => address === ip);
  return peer === undefined ? ROUTER : hardwareAddrOf(peer);
}

const ROUTER = '02:00:0a:05:00:01';
