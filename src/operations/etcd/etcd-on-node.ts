import { files } from '../../../generated/features/files.js';
import { services } from '../../../generated/features/services.js';
import type { CallOptions } from '../../runtime/call-options.js';
import type { Target } from '../../runtime/target.js';
import { rpcError } from '../run/refusals.js';

/** Where Talos keeps the data of etcd. It refuses to bootstrap where this is not empty. */
const DATA = '/var/lib/etcd';

/** What a node has of etcd. */
export interface EtcdOnNode {
  /** Whether there is data on its disk: it is a member, or was one. */
  readonly hasData: boolean;
  /** The state of the service, such as `Running`; absent where there is none. */
  readonly state: string | undefined;
  /** Whether the service runs and its health check succeeds. */
  readonly isHealthy: boolean;
  /** The last thing that happened to the service: other words or another time after a restart. */
  readonly lastEvent: string;
  /** The same for people. */
  readonly message: string;
}

/** Looks at the etcd of a node: its service and its data. `os:reader` may do it. */
export async function readEtcd(node: Target, options: CallOptions): Promise<EtcdOnNode> {
  const [{ services: list }, hasData] = await Promise.all([
    services(node).list({}, options),
    readHasData(node, options),
  ]);
  const found = list.find(({ id }) => id === 'etcd');
  const event = found?.events?.events.at(-1);
  const { seconds = 0n, nanos = 0 } = event?.ts ?? {};
  return {
    hasData,
    state: found?.state,
    isHealthy: found?.state === 'Running' && found.health?.healthy === true,
    lastEvent: `${seconds}.${nanos} ${event?.state ?? ''} ${event?.msg ?? ''}`,
    message: `${found?.state ?? 'no service'}${event?.msg ? `: ${event.msg}` : ''}`,
  };
}

async function readHasData(node: Target, options: CallOptions): Promise<boolean> {
  try {
    for await (const { relativeName, error } of files(node).list({ root: DATA }, options)) {
      if (relativeName !== '.' && error === '') return true;
    }
    return false;
  } catch (error) {
    // The node says so where there is no such folder, in no other way than for other failures.
    const failed = rpcError(error);
    const isMissing = failed?.status === 'unknown' || failed?.status === 'not-found';
    if (isMissing && failed?.outcome === 'answered') return false;
    throw error;
  }
}
