import type { NetworkMethods } from 'talos-client/network';
import type { HandlersOf } from '../base/calls/rpc.js';
import { capturePackets } from '../topics/network/capture.js';
import { deviceStatsOf } from '../topics/network/devices.js';
import { netstat } from '../topics/network/netstat.js';
import { callerOf } from '../topics/network/sockets.js';

/** Sockets, packets and counters of the network. */
export const networkHandlers: HandlersOf<NetworkMethods> = {
  netstat: ({ machine, peer }, request) => ({
    connectrecord: netstat(machine, request, callerOf(machine, peer.address)),
  }),
  packetCapture: (ctx, request) => capturePackets(ctx, request),
  deviceStats: ({ machine }) => deviceStatsOf(machine),
};
