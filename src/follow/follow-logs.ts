import { type LogsRequest, logs } from '../../generated/features/logs.js';
import type { Connection, ReconnectParts } from '../reconnect/index.js';
import { flag, number, oneOf, text } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import type { TalosStream } from '../runtime/stream.js';
import { LineSplitter } from '../runtime/streams/line-splitter.js';
import { LONGEST_LINE } from '../runtime/streams/lines.js';
import type { Target } from '../runtime/target.js';
import { ContainerInstance } from './container-instance.js';
import type { FollowedLine, FollowMark } from './items.js';
import { type LogEntry, lineEntry, lineKind } from './log-entry.js';
import { LogFollower, type LogSource, type Snapshot } from './log-follower.js';
import { type FollowOptions, follow, followShape } from './options.js';

/** Which log is followed. */
export interface FollowLogsRequest {
  /** `system` for services, `k8s.io` for the containers of Kubernetes. Default: `system`. */
  readonly namespace?: string | undefined;
  /**
   * The service, such as `kubelet`, or the container as `containers(node).list` names it; of those of
   * Kubernetes, the last part may be left out.
   */
  readonly id: string;
  /** The runtime of the container. Default: `CONTAINERD`; `k8s.io` needs `CRI`. */
  readonly driver?: 'CONTAINERD' | 'CRI' | undefined;
  /** How many of the last lines come first; -1 is all that the node has. Default: -1. */
  readonly tailLines?: number | undefined;
}

const requestShape: Shape<FollowLogsRequest> = {
  namespace: text,
  id: text,
  driver: oneOf('CONTAINERD', 'CRI'),
  tailLines: number,
};

/** Options of `followLogs` beside those of everything that follows. */
export interface FollowLogsOptions extends FollowOptions {
  /**
   * Whether a log that is not there at the start is waited for, as that of a service that has not run
   * yet. Default: no, the error of the node ends the stream. A log that was there once is always
   * waited for.
   */
  readonly waitForLog?: boolean | undefined;
}

const logsShape: Shape<FollowLogsOptions> = { ...followShape, waitForLog: flag };

/**
 * Follows a log line by line across lost connections, endpoints that change, and reboots. It goes on
 * where it stood: no line that the node still has is left out, and none comes twice. Where the node
 * cannot say what came in between, there is a `gap`. After a reboot come all lines of the new boot, as
 * soon as the log is there; until then the node's answer is told as `disconnected`.
 *
 * It goes on for ever, but for a container whose whole id is given, such as
 * `kube-system/coredns-1:coredns:0123456789ab`: Kubernetes never starts it again, so the stream ends, in
 * order, when it has ended and its log is silent or gone. Without the last part of the id, the log of the
 * container that is started next is waited for.
 *
 * Lines have no numbers: the place is found by the last 1,000 lines. A line comes when its end has.
 *
 * @example
 * ```ts
 * const nodes = talos.nodes(['10.0.0.2', '10.0.0.3']);
 * for await (const { node, value } of nodes.merge((one) => followLogs(one, { id: 'kubelet' }))) {
 *   if (value.type === 'line') console.log(`${node}: ${value.line}`);
 * }
 * ```
 * @throws {TalosConfigError} when `target` is no named node: two nodes would be mixed
 */
export function followLogs(
  target: Target,
  request: FollowLogsRequest,
  options: FollowLogsOptions = {},
  parts?: ReconnectParts,
): TalosStream<FollowedLine | FollowMark> {
  checkOptions(request, requestShape, 'followLogs', "{ id: 'kubelet' }");
  checkOptions(options, logsShape, 'followLogs');
  const { id, tailLines = -1 } = request;
  if (typeof id !== 'string' || id === '') {
    throw new TalosConfigError("followLogs: id: name the log, such as 'kubelet'", { field: 'id' });
  }
  const { waitForLog = false, ...follows } = options;
  const follower = new LogFollower<FollowedLine>(new LineSource(target, request), {
    tail: tailLines,
    waits: waitForLog,
    item: (line) => ({ type: 'line', line }),
  });
  return follow('followLogs', target, follows, follower, parts);
}

class LineSource implements LogSource {
  readonly kind = lineKind;
  readonly counts = true;
  readonly #node: Target;
  readonly #request: FollowLogsRequest;
  readonly #instance: ContainerInstance | undefined;

  constructor(node: Target, request: FollowLogsRequest) {
    this.#node = node;
    this.#request = request;
    if (request.driver === 'CRI') this.#instance = ContainerInstance.named(node, request.id);
  }

  async isGone({ signal }: Connection): Promise<boolean> {
    return (await this.#instance?.isGone({ signal })) ?? false;
  }

  async snapshot(connection: Connection, count: number): Promise<Snapshot> {
    const splitter = new LineSplitter(LONGEST_LINE);
    const lines: string[] = [];
    for await (const chunk of this.#read(connection, count, false)) splitter.push(chunk, lines);
    // The end of the last line may be on its way: it is left to the next reading.
    const found = lines.length + (splitter.isOpen ? 1 : 0);
    return { entries: lines.map(lineEntry), whole: count < 0 || found < count };
  }

  async *follow(connection: Connection, count: number): AsyncGenerator<LogEntry, void, undefined> {
    const splitter = new LineSplitter(LONGEST_LINE);
    const lines: string[] = [];
    for await (const chunk of this.#read(connection, count, true)) {
      splitter.push(chunk, lines);
      for (const line of lines.splice(0)) yield lineEntry(line);
    }
  }

  #read(connection: Connection, tailLines: number, follows: boolean) {
    const { namespace = 'system', id, driver = 'CONTAINERD' } = this.#request;
    const request: LogsRequest = { namespace, id, driver, tailLines, follow: follows };
    return connection.read(
      logs(this.#node).logs(request, { signal: connection.signal }),
      async () => ((await this.isGone(connection)) ? this.#instance?.goneError : undefined),
    );
  }
}
