import { toMs } from 'talos-client';
import type { HealthCheckRequest } from '../../../generated/cluster.js';
import type { ServedCall } from '../../base/calls/context.js';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { type ExpectedNode, type HealthSubject, healthChecks } from './checks.js';

/** How long a check waits before it looks again when nothing seems to have changed. */
const POLL_MS = 5_000;

/**
 * Waits until all checks hold, one after the other, and says so line by line.
 *
 * @throws {ServerStatus} `deadline-exceeded` when that takes longer than the caller would wait.
 */
export async function* healthProgress(
  ctx: ServedCall,
  request: HealthCheckRequest,
): AsyncGenerator<string, void, undefined> {
  const { machine, roles } = ctx;
  const { waitTimeout, clusterInfo } = request;
  // Left out, it is no time at all.
  const deadline = ctx.clock.now() + (waitTimeout === undefined ? 0 : toMs(waitTimeout));
  checkDeadline(ctx, deadline);
  const subject: HealthSubject = {
    from: machine,
    nodes: expectedNodes(machine, clusterInfo),
    isAdmin: roles.includes('os:admin'),
  };
  const addresses = subject.nodes.map(({ address }) => JSON.stringify(address));
  yield `discovered nodes: [${addresses.join(' ')}]`;
  for (const { what, problem } of healthChecks) {
    let said: string | undefined;
    for (;;) {
      const found = problem(subject);
      const text = found ?? 'OK';
      if (text !== said) {
        said = text;
        yield `waiting for ${what}: ${text}`;
        // While the caller read that, more may have changed.
        continue;
      }
      if (found === undefined) break;
      await untilChange(ctx, deadline);
      checkDeadline(ctx, deadline);
    }
  }
}

function checkDeadline({ clock }: ServedCall, deadline: number): void {
  if (clock.now() < deadline) return;
  throw new ServerStatus('deadline-exceeded', 'context deadline exceeded');
}

/** The nodes the caller names, else those that have the same CA. */
function expectedNodes(
  machine: Machine,
  clusterInfo: HealthCheckRequest['clusterInfo'],
): readonly ExpectedNode[] {
  const { cluster, identity } = machine;
  const { controlPlaneNodes = [], workerNodes = [] } = clusterInfo ?? {};
  if (controlPlaneNodes.length + workerNodes.length > 0) {
    const expected = (isControlPlane: boolean) => (address: string) => ({
      address,
      isControlPlane,
      machine: cluster.machineAt(address, machine),
    });
    return [...controlPlaneNodes.map(expected(true)), ...workerNodes.map(expected(false))];
  }
  return cluster.machines
    .filter((peer) => peer.identity !== undefined && peer.identity.trust.id === identity?.trust.id)
    .map((peer) => ({
      address: peer.address,
      isControlPlane: peer.type === 'controlplane',
      machine: peer,
    }));
}

/** Resolves when anything in the cluster has changed, or at the deadline. */
function untilChange({ cluster, clock, signal }: ServedCall, deadline: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      timer.cancel();
      for (const stop of stops) stop();
      signal.removeEventListener('abort', onAbort);
      resolve();
    };
    const onAbort = () => {
      reject(signal.reason);
      done();
    };
    if (signal.aborted) return reject(signal.reason);
    const timer = clock.setTimer(Math.min(POLL_MS, deadline - clock.now()), done);
    const stops = cluster.machines.map((machine) => machine.onChange(done));
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
