import type { PacketCaptureRequest } from '../../../generated/network.js';
import type { ServedCall } from '../../base/calls/context.js';
import { ServerStatus } from '../../base/calls/status.js';
import { sleep } from '../../base/time/clock.js';
import { linkStatusKind } from '../cosi/kinds/links.js';
import { resources } from '../cosi/resources.js';
import { filterOf } from './bpf.js';
import { linkTypes, pcapHeader, recordHeader } from './pcap.js';
import { callerOf } from './sockets.js';
import { Traffic } from './traffic.js';

/** What is written as the longest packet when a caller does not say. */
const DEFAULT_SNAP_LENGTH = 4_096;

/** How long it is from one packet to the next, in milliseconds. */
const GAP_MS = [2, 45] as const;

/**
 * The packets that pass a network device, as a pcap file that never ends: first its head, then the
 * head of each packet and the packet.
 *
 * @throws {ServerStatus} `not-found` for a device that there is not, `invalid-argument` for one whose
 * packets cannot be captured.
 * @throws {Error} for a filter that the kernel refuses.
 */
export async function* capturePackets(
  { machine, signal, clock, peer, random }: ServedCall,
  request: PacketCaptureRequest,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { interface: device, promiscuous, bpfFilter } = request;
  const state = machine.state(resources);
  await state.ready(linkStatusKind.type);
  const linkType = linkTypeOf(state.spec(linkStatusKind, device)?.type, device);
  const filter = bpfFilter.length === 0 ? undefined : filterOf(bpfFilter);
  // The head alone says it: packets are not cut.
  yield pcapHeader(request.snapLen || DEFAULT_SNAP_LENGTH, linkType);
  const traffic = new Traffic(machine, device, callerOf(machine, peer.address), random);
  for (;;) {
    await sleep(clock, random.int(...GAP_MS), signal);
    const { packet, ours } = traffic.next();
    const whole = linkType === linkTypes.raw ? packet.subarray(14) : packet;
    if (!ours && !promiscuous) continue;
    const length = Math.min(filter?.(whole) ?? whole.length, whole.length);
    if (length === 0) continue;
    const at = clock.now() + random.float();
    yield recordHeader(at, length, whole.length);
    yield whole.subarray(0, length);
  }
}

function linkTypeOf(type: string | undefined, device: string): number {
  switch (type) {
    case undefined:
      throw new ServerStatus('not-found', `interface "${device}" not found`);
    case 'ether':
    case 'loopback':
      return linkTypes.ethernet;
    case 'nohdr':
      return linkTypes.raw;
    default:
      throw new ServerStatus('invalid-argument', `unsupported link type ${type}`);
  }
}
