import { logs } from '../../generated/features/logs.js';
import type { Connection, ReconnectParts } from '../reconnect/index.js';
import { number } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import type { TalosStream } from '../runtime/stream.js';
import { records } from '../runtime/streams/lines.js';
import type { Target } from '../runtime/target.js';
import type { FollowedRecord, FollowMark } from './items.js';
import { KernelReading, kernelKind } from './kernel-record.js';
import type { LogEntry } from './log-entry.js';
import { LogFollower, type LogSource, type Snapshot } from './log-follower.js';
import { type FollowOptions, follow, followShape } from './options.js';

/** Which records of the kernel log are followed. */
export interface FollowKernelLogRequest {
  /** How many of the last records come first; -1 is all that the kernel has. Default: -1. */
  readonly tail?: number | undefined;
}

const requestShape: Shape<FollowKernelLogRequest> = { tail: number };

/**
 * Follows the kernel log record by record across lost connections, endpoints that change, and reboots,
 * as `followLogs` does with a log. After a reboot come all records of the new boot.
 *
 * @throws {TalosConfigError} when `target` is no named node: two nodes would be mixed
 */
export function followKernelLog(
  target: Target,
  request: FollowKernelLogRequest = {},
  options: FollowOptions = {},
  parts?: ReconnectParts,
): TalosStream<FollowedRecord | FollowMark> {
  checkOptions(request, requestShape, 'followKernelLog');
  checkOptions(options, followShape, 'followKernelLog');
  const follower = new LogFollower<FollowedRecord>(new KernelSource(target), {
    tail: request.tail ?? -1,
    waits: false,
    item: (record) => ({ type: 'record', record }),
  });
  return follow('followKernelLog', target, options, follower, parts);
}

/** The log of the kernel, which can only be read as a whole. */
class KernelSource implements LogSource {
  readonly kind = kernelKind;
  readonly counts = false;
  readonly #node: Target;

  constructor(node: Target) {
    this.#node = node;
  }

  async snapshot(connection: Connection): Promise<Snapshot> {
    const entries: LogEntry[] = [];
    for await (const entry of this.#read(connection, false)) entries.push(entry);
    return { entries, whole: true };
  }

  follow(connection: Connection): AsyncGenerator<LogEntry, void, undefined> {
    return this.#read(connection, true);
  }

  async *#read(
    connection: Connection,
    follows: boolean,
  ): AsyncGenerator<LogEntry, void, undefined> {
    const { signal } = connection;
    const reading = new KernelReading();
    const stream = logs(this.#node).dmesg({ follow: follows, tail: false }, { signal });
    for await (const record of connection.read(records(stream))) yield reading.entry(record);
  }
}
