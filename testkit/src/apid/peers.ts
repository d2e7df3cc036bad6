import type { Machine } from '../base/machine.js';
import { defineTopic } from '../base/topic.js';

/** How long a connection between two nodes stays without a call, in milliseconds: 15 minutes. */
const IDLE_MS = 900_000;

interface Peer {
  readonly to: Machine;
  readonly close: () => void;
  /** How many calls it carries. */
  calls: number;
  /** When the last call ended. */
  idleSince: number;
}

/**
 * The connections that apid of a node has to others, one for each target. The certificate of the
 * other node is looked at when it connects: a new one changes nothing for a connection that stands.
 * It ends when one of the two drops its connections or goes down, and after 15 minutes without a
 * call.
 */
class Peers {
  readonly #from: Machine;
  readonly #open = new Map<string, Peer>();

  constructor(from: Machine) {
    this.#from = from;
  }

  /** Whether a connection to a node stands for `target`. */
  has(target: string, to: Machine): boolean {
    const peer = this.#open.get(target);
    if (peer === undefined) return false;
    const idleMs = peer.calls > 0 ? 0 : this.#from.cluster.clock.now() - peer.idleSince;
    if (peer.to === to && idleMs < IDLE_MS) return true;
    peer.close();
    return false;
  }

  /** A call on the connection for `target`, which is made if there is none. Ends it with the result. */
  call(target: string, to: Machine): () => void {
    const peer = this.#open.get(target) ?? this.#connect(target, to);
    peer.calls += 1;
    return () => {
      peer.calls -= 1;
      peer.idleSince = this.#from.cluster.clock.now();
    };
  }

  #connect(target: string, to: Machine): Peer {
    const ours = this.#from.calls.open(this.#from.bootSignal);
    const line = to.calls.open(ours.signal);
    const close = () => {
      if (this.#open.get(target) === peer) this.#open.delete(target);
      line.close();
      ours.close();
    };
    const peer: Peer = { to, close, calls: 0, idleSince: 0 };
    line.signal.addEventListener('abort', close, { once: true });
    this.#open.set(target, peer);
    return peer;
  }

  /** Ends all of them, with the boot. */
  stop(): void {
    for (const { close } of [...this.#open.values()]) close();
  }
}

/** The connections of a node's apid to other nodes. */
export const peers = defineTopic({
  name: 'peers',
  lifetime: 'boot',
  create: (machine: Machine) => new Peers(machine),
});
