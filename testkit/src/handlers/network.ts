import type { NetworkMethods } from 'talos-client/network';
import { capturePackets } from '../machine/network/capture.js';
import { deviceStatsOf } from '../machine/network/devices.js';
import { netstat } from '../machine/network/netstat.js';
import { callerOf } from '../machine/network/sockets.js';
import type { HandlersOf } from '../rpc.js';

/** Sockets, packets and counters of the network. */
export const networkHandlers: HandlersOf<NetworkMethods> = {
  netstat: ({ machine, peer }, request) => ({
    connectrecord: netstat(machine, request, callerOf(machine, peer.address)),
  }),
  packetCapture: (ctx, request) => capturePackets(ctx, request),
  deviceStats: ({ machine }) => deviceStatsOf(machine),
};
