import type { AnyMethod } from 'talos-client';
import { controlPlaneOnly } from '../../base/calls/control-plane-only.js';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { config } from '../../topics/config/config.js';
import { type EtcdBootstrap, etcdOn } from '../../topics/etcd/etcd-node.js';
import { services } from '../../topics/services/services.js';
import { installation } from '../../topics/system/installation.js';
import { timeSync } from '../../topics/system/time-sync.js';
import { sequences } from '../sequences/sequences.js';

/** What the call needs to know of its caller. */
export interface BootstrapCall {
  readonly machine: Machine;
  readonly method: AnyMethod;
  readonly signal: AbortSignal;
}

/** How long the container runtime may take to come up. */
const RUNTIME_MS = 1_000;

/** How long the clock of the node may take to be right. */
const TIME_MS = 5_000;

/**
 * Starts etcd as a cluster of one. The checks come in the order of Talos, since callers tell by
 * them whether to try again.
 *
 * @throws {ServerStatus}
 */
export async function bootstrap(call: BootstrapCall, options: EtcdBootstrap): Promise<void> {
  const { machine, method } = call;
  if (!(await isReady(call))) {
    throw new ServerStatus('failed-precondition', 'bootstrap is not available yet');
  }
  if (machine.type !== 'controlplane') throw controlPlaneOnly(method);
  if (machine.state(config).active?.node?.etcdCa !== true) {
    throw new ServerStatus('invalid-argument', 'etcd is not configured, bootstrap is not possible');
  }
  const isSynced = () => machine.state(timeSync).isSynced;
  if (!isSynced() && !(await within(TIME_MS, machine, call.signal, isSynced))) {
    throw new ServerStatus('failed-precondition', 'time is not in sync yet');
  }
  etcdOn(machine).bootstrap(options);
}

/** Whether the runtime is up, nothing is to be installed, and no reboot is on its way. */
async function isReady({ machine, signal }: BootstrapCall): Promise<boolean> {
  const { isInstalled, phase } = machine.state(installation);
  const installing = phase !== undefined && phase !== 'installed' && !isInstalled;
  const running = machine.state(sequences).running;
  const leaving = running !== undefined && running !== 'boot' && running !== 'initialize';
  const up = () => machine.state(services).isUp('cri');
  if (installing || phase === 'waiting-for-reboot' || leaving) return false;
  return up() || within(RUNTIME_MS, machine, signal, up);
}

/** Whether something about the node holds within so many milliseconds. */
function within(
  ms: number,
  machine: Machine,
  signal: AbortSignal,
  holds: () => boolean,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const end = () => {
      timer.cancel();
      stop();
      signal.removeEventListener('abort', onAbort);
    };
    const onAbort = () => {
      end();
      reject(signal.reason);
    };
    const timer = machine.clock.setTimer(ms, () => {
      end();
      resolve(false);
    });
    const stop = machine.onChange(() => {
      if (!holds()) return;
      end();
      resolve(true);
    });
    signal.addEventListener('abort', onAbort);
  });
}
