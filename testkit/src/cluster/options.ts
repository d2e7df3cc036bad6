import type { RetryOptions, Role } from 'talos-client';
import type { Shape } from 'talos-client/options';
import { anything, either, flag, number, oneOf, text, texts } from 'talos-client/options';
import type { ClientFlaw } from '../base/pki/client-certificates.js';
import type { Clock } from '../base/time/clock.js';

/** How a simulated cluster is set up. */
export interface ClusterOptions {
  /** Default: 1. */
  readonly controlPlanes?: number;
  /** Default: 0. */
  readonly workers?: number;
  /** The release the nodes run. Default: `v1.14.0`. */
  readonly talosVersion?: string;
  /** Whether the nodes start without configuration. Default: no, the cluster is up and healthy. */
  readonly maintenance?: boolean;
  /**
   * Clusters with the same seed have the same ids and numbers; keys and certificates are new in
   * each. Default: 1.
   */
  readonly seed?: number | string;
  /**
   * The time of the cluster; a `ManualClock` stands still until turned. Default: `real`. Over TLS
   * the deadlines of clients and the dates in certificates stay those of real time.
   */
  readonly clock?: 'real' | Clock;
  /** Default: `talos-sim`. */
  readonly clusterName?: string;
  /**
   * How clients reach it: in memory, or through sockets on loopback with mTLS, as any Talos client
   * can. Default: `memory`, which still encodes and decodes every message.
   */
  readonly transport?: 'memory' | 'tls';
  /**
   * What addresses the nodes have. By default 10.5.0.2 and on, which nothing reaches: with sockets,
   * each node listens on a port of 127.0.0.1. With `loopback` they are in a network of loopback that is
   * free, such as 127.5.0.2 and on, and each node listens at its own address, on port 50000, as real
   * nodes do; a network such as `127.9.0.0/16` is taken as it is. It takes sockets, and a system where
   * all of 127.0.0.0/8 is loopback, such as Linux.
   */
  readonly addresses?: 'loopback' | `127.${number}.0.0/16`;
  /** Whether clients come through SideroLink, which nodes in maintenance trust. Default: no. */
  readonly sideroLink?: boolean;
}

/** The numbers of nodes and the release are looked at where the nodes are planned. */
export const clusterShape: Shape<ClusterOptions> = {
  controlPlanes: number,
  workers: number,
  talosVersion: text,
  maintenance: flag,
  seed: either(number, text),
  clock: (value) => {
    const { now, setTimer } = (value ?? {}) as Partial<Clock>;
    const isClock = typeof now === 'function' && typeof setTimer === 'function';
    return isClock || value === 'real' ? undefined : "'real' or a clock such as new ManualClock()";
  },
  clusterName: text,
  transport: oneOf('memory', 'tls'),
  addresses: text,
  sideroLink: flag,
};

/** Whose calls a client makes. */
export interface ClientOptions {
  /** The roles of its certificate. Default: `os:admin`. */
  readonly role?: Role | readonly Role[];
  /** What `talos.nodes()` stands for, by name or address. Default: all nodes. */
  readonly nodes?: readonly string[];
  /** The nodes whose endpoints it uses, by name or address. Default: all control planes. */
  readonly endpoint?: string | readonly string[];
  /**
   * What it calls: `apid` for the API of nodes, or `trustd` of control planes, which issues
   * certificates to workers and knows callers by the machine token in the metadata `token`.
   * Default: `apid`.
   */
  readonly daemon?: 'apid' | 'trustd';
  /** What is wrong with its certificate. Default: nothing. */
  readonly flaw?: ClientFlaw;
  /** The default deadline of unary calls in milliseconds, or `none`. Default: 30000. */
  readonly timeoutMs?: number | 'none';
  /**
   * For how long it makes calls again that failed, on the clock of the cluster; `false` for not at
   * all. Default: as any client.
   */
  readonly retry?: false | RetryOptions;
}

const oneOrMore = (example: string) => either(text, texts(example));

export const clientShape: Shape<ClientOptions> = {
  role: oneOrMore('os:reader'),
  nodes: texts('worker-1'),
  endpoint: oneOrMore('cp-1'),
  daemon: oneOf('apid', 'trustd'),
  flaw: oneOf('expired', 'not-yet-valid', 'wrong-ca', 'wrong-usage'),
  timeoutMs: either(number, oneOf('none')),
  retry: anything,
};
