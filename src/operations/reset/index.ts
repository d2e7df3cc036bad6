import { lifecycle } from '../../../generated/features/lifecycle.js';
import type { ReconnectParts } from '../../reconnect/index.js';
import { record, text, texts } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { checkTarget, route, type Target } from '../../runtime/target.js';
import type { Operation } from '../run/operation.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { runOperation } from '../run/run-operation.js';
import type { TrackStep } from '../track/action.js';
import { tracked } from '../track/tracked.js';
import type { Tracker } from '../track/tracker.js';
import { lookDirectly, type MachineSeen } from './maintenance-api.js';
import { checkRequest, keepsIdentity, type ResetNodeRequest } from './request.js';

export type { ResetNodeRequest } from './request.js';

/** The steps of `reset`; it ends with `boot`. */
export type ResetStep = TrackStep;

/** Where and how a machine is looked for that has lost its configuration. */
export interface MaintenanceTarget {
  /** Where it answers, as `host:port`. Default: the address of the node, port 50000. */
  readonly endpoint?: string | undefined;
  /**
   * The fingerprints of its key, if they are known. Then only a machine with one of them counts, and
   * is asked for its stage. Otherwise a machine counts that shows another key than the node did; it
   * is asked nothing.
   */
  readonly fingerprints?: readonly string[] | undefined;
}

/** How `reset` is run. */
export interface ResetOptions extends OperationOptions<ResetStep> {
  /** Where the machine is found that boots without its configuration. */
  readonly maintenance?: MaintenanceTarget | undefined;
}

const optionsShape: Shape<ResetOptions> = { ...operationShape, maintenance: record };

const maintenanceShape: Shape<MaintenanceTarget> = {
  endpoint: text,
  fingerprints: texts('KY9s3MZYYjoptsNcSOEgwHfvpEqvgSAnVwg6ZYSRY5w='),
};

/** What became of a node that was reset. */
export type ResetResult = ResetOff | ResetRebooted | ResetToMaintenance;

/** It is off: it does not answer any more. */
export interface ResetOff {
  readonly node: string | undefined;
  readonly state: 'off';
}

/** It kept its configuration, and is in another boot. It may not be ready yet. */
export interface ResetRebooted {
  readonly node: string | undefined;
  readonly state: 'rebooted';
  readonly previousBootId: string | undefined;
  readonly bootId: string | undefined;
}

/** It lost its configuration, and waits for a new one in maintenance. */
export interface ResetToMaintenance {
  readonly node: string | undefined;
  readonly state: 'maintenance';
  /** Where it answers. */
  readonly endpoint: string;
  /**
   * The fingerprint of the key that it showed, for `maintenance({ fingerprints })`. Compare it with the
   * console of the machine, unless `isPinned`.
   */
  readonly fingerprint: string | undefined;
  /** Whether it is one of the fingerprints that were given. */
  readonly isPinned: boolean;
}

/**
 * Wipes a node, and waits until it is off, back in another boot, or in maintenance. DESTRUCTIVE: what
 * is wiped, whether the node leaves its cluster first, and whether it boots again has to be stated.
 *
 * The call is sent once. If its reply is lost, the node is looked at. A node whose configuration is
 * wiped never comes back with its old identity: it is looked for in maintenance, directly at its
 * address. Needs `os:admin`.
 *
 * @example
 * ```ts
 * const request = { mode: 'SYSTEM_DISK', graceful: true, reboot: true } as const;
 * const result = await reset(talos.node('10.0.0.3'), request);
 * if (result.state === 'maintenance') console.log(result.endpoint, result.fingerprint);
 * ```
 * @param node a named node, by an address of its own: no virtual IP
 * @throws {TalosConfigError} when something is not stated, or contradicts itself
 * @throws {TalosOperationError} when the node refuses, its sequence fails, it comes back unwiped, or it
 * is not where it should be within `timeoutMs` (default: 30 minutes)
 */
export async function reset(
  node: Target,
  request: ResetNodeRequest,
  options: ResetOptions = {},
  parts?: ReconnectParts,
): Promise<ResetResult> {
  checkRequest(request);
  checkOptions(options, optionsShape, 'reset');
  const { maintenance = {} } = options;
  checkOptions(maintenance, maintenanceShape, 'reset: maintenance');
  const setup = { target: checkTarget(node), options, defaultTimeoutMs: 1_800_000, parts };
  return runOperation<ResetStep, ResetResult>({ ...setup, name: 'reset' }, (operation) => {
    const send = async (call: object): Promise<string> =>
      (await lifecycle(node).reset(messageOf(request), call)).actorId;
    return tracked(operation, node, { sequences: ['reset'], send }, async (tracker) => {
      const before = await tracker.begin();
      if (!request.reboot) {
        await tracker.send();
        await tracker.untilOff();
        return { node: node.address, state: 'off' };
      }
      if (keepsIdentity(request)) {
        await tracker.send();
        const { boot } = await tracker.untilRebooted();
        const { bootId: previousBootId } = before.boot;
        return { node: node.address, state: 'rebooted', previousBootId, bootId: boot.bootId };
      }
      return toMaintenance(operation, node, maintenance, tracker);
    });
  });
}

async function toMaintenance(
  operation: Operation<ResetStep>,
  node: Target,
  { endpoint = endpointOf(node), fingerprints }: MaintenanceTarget,
  tracker: Tracker<ResetStep>,
): Promise<ResetToMaintenance> {
  const look = (pins?: readonly string[]): Promise<MachineSeen | undefined> =>
    lookDirectly(operation, node, endpoint, pins).catch((error: unknown) => {
      operation.signal.throwIfAborted();
      operation.waits('the machine to answer in maintenance', error);
      return undefined;
    });
  // The key that it shows while it is still a node of the cluster, as far as it is reached.
  const before = fingerprints === undefined ? await look() : undefined;
  await tracker.send();
  const { fingerprint, isPinned } = await tracker.untilWiped(async () => {
    const seen = await look(fingerprints);
    if (seen?.stage !== undefined) return seen.stage === 'maintenance' ? seen : undefined;
    return seen?.fingerprint !== before?.fingerprint || seen?.isPinned ? seen : undefined;
  });
  return { node: node.address, state: 'maintenance', endpoint, fingerprint, isPinned };
}

function endpointOf(node: Target): string {
  return node.address ?? node[route]().transport.endpoints[0] ?? '';
}

function messageOf({ mode, graceful, reboot, systemPartitions, userDisks }: ResetNodeRequest) {
  return {
    mode,
    graceful,
    reboot,
    systemPartitionsToWipe: (systemPartitions ?? []).map((label) => ({ label, wipe: true })),
    userDisksToWipe: [...(userDisks ?? [])],
  };
}
