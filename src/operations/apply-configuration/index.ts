import { system, type Version } from '../../../generated/features/system.js';
import {
  type ConfigChange,
  diffMachineConfigs,
} from '../../machine-config/compare/diff-machine-configs.js';
import { checkLastingTarget } from '../../reconnect/lasting-target.js';
import type { ReconnectParts } from '../../reconnect/retries.js';
import { anything, callback, flag, oneOf } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import { checkDuration } from '../../runtime/call.js';
import { isTalosError } from '../../runtime/errors/any-error.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import type { Target } from '../../runtime/target.js';
import { type CheckedConfig, checkedConfig } from '../configuration/checked.js';
import { releaseOfNode } from '../configuration/release.js';
import type { Operation } from '../run/operation.js';
import { type OperationOptions, operationShape } from '../run/options.js';
import { poll } from '../run/poll.js';
import { isRefusal } from '../run/refusals.js';
import { runOperation } from '../run/run-operation.js';
import { buildsOnCurrent, type ConfigurationChange, changed, checkChange } from './change.js';
import { type ConfigurationCheck, ownCheck } from './check-node.js';
import { Comparing, type Configurations } from './configurations.js';
import { type ApplyMode, read, type Sending, send } from './send.js';
import type { ApplyConfigurationStep } from './step.js';
import { checkAndConfirm } from './try.js';

export type { ConfigurationChange } from './change.js';
export type { CheckAttempt, ConfigurationCheck } from './check-node.js';
export type { ApplyMode } from './send.js';
export type { ApplyConfigurationStep } from './step.js';

/** How a configuration is applied. */
export interface ApplyConfigurationOptions extends OperationOptions<ApplyConfigurationStep> {
  /**
   * `NO_REBOOT` puts the configuration in force and on the disk; `STAGED` on the disk alone, for the
   * next boot; `TRY` puts it in force, checks the node, and then keeps it as `NO_REBOOT` does, or lets
   * the node go back. Default: `NO_REBOOT`.
   */
  readonly mode?: ApplyMode | undefined;
  /** Compares and validates, and sends nothing. Default: no. */
  readonly dryRun?: boolean | undefined;
  /**
   * Milliseconds after which a node goes back by itself from what it tries. The check has the first
   * half of them. Default: 120000.
   */
  readonly tryTimeoutMs?: number | undefined;
  /**
   * Looks at a node that tries a configuration; `false` or an error lets it go back. Default: the node
   * answers over a new connection, and misses nothing that it did not miss before.
   */
  readonly check?: ConfigurationCheck | undefined;
  /**
   * What becomes of a configuration that is staged or being tried, when patches or a function build on
   * the one in force: `refuse` leaves it and fails, `replace` loses it. Default: `refuse`.
   */
  readonly pending?: 'refuse' | 'replace' | undefined;
}

/** What `applyConfiguration` did. */
export interface AppliedConfiguration {
  /** The address of the node. */
  readonly node: string | undefined;
  /** Whether the node got it. Not when nothing changes, and not with `dryRun`. */
  readonly applied: boolean;
  /** What is different, as a unified diff, without secrets and comments. Empty when nothing is. */
  readonly diff: string;
  /** Where the values differ, without the values. */
  readonly changes: readonly ConfigChange[];
  /** What the node says of it for people; with what was not sent, what validation says. */
  readonly warnings: readonly string[];
}

const shape: Shape<ApplyConfigurationOptions> = {
  ...operationShape,
  mode: oneOf('NO_REBOOT', 'STAGED', 'TRY'),
  dryRun: flag,
  tryTimeoutMs: anything,
  check: callback,
  pending: oneOf('refuse', 'replace'),
};

const TRY_MS = 120_000;

/**
 * Brings the configuration of a node to what it is to be, without a reboot. It is read, changed, and
 * validated as the node does; nothing is sent when nothing changes. A change that would overwrite one
 * that somebody else made in the meantime is refused.
 *
 * `NO_REBOOT` and `TRY` change the configuration in force, `STAGED` the one on the disk. It is sent
 * once: when the reply is lost, the node is looked at, and it is sent again only if the node has not
 * taken it. It needs `os:admin`.
 *
 * @example
 * ```ts
 * const change = { patches: [{ machine: { sysctls: { 'vm.max_map_count': '262144' } } }] };
 * const { applied, diff } = await applyConfiguration(talos.node('10.0.0.2'), change, { mode: 'TRY' });
 * ```
 * @param node `talos.node(address)`; a machine in maintenance gets its configuration by `provision`
 * @param change a whole configuration, patches, or a function of the current one
 * @throws {TalosConfigError} for a wrong option
 * @throws {MachineConfigError} when the configuration is one that the node would refuse
 * @throws {TalosOperationError} when the node does not take it within `timeoutMs` (default: 600000), it
 * was changed meanwhile, or the check failed; with `outcome: 'unchanged'` when the node is as it was
 */
export async function applyConfiguration(
  node: Target,
  change: ConfigurationChange,
  options: ApplyConfigurationOptions = {},
  parts?: ReconnectParts,
): Promise<AppliedConfiguration> {
  checkOptions(options, shape, 'applyConfiguration');
  const { mode = 'NO_REBOOT', dryRun = false, tryTimeoutMs = TRY_MS, pending = 'refuse' } = options;
  checkTrying(options, mode);
  checkDuration(tryTimeoutMs, 'tryTimeoutMs');
  checkChange(change);
  const target = checkLastingTarget(node, 'applyConfiguration');
  const setup = { name: 'applyConfiguration', target, options, defaultTimeoutMs: 600_000, parts };
  return runOperation(setup, async (operation) => {
    operation.begin('read the configuration');
    const version = await readVersion(operation, target);
    const before = await read(operation, target);
    operation.begin('compare');
    const talos = releaseOfNode(version.version?.tag);
    const comparing = new Comparing(talos);
    const base = mode === 'STAGED' ? before.persistent : before.active;
    readOrFail(operation, comparing, before);
    if (pending === 'refuse' && mode !== 'STAGED' && buildsOnCurrent(change)) {
      refusePending(operation, comparing, before);
    }
    const next = checkedConfig(await changed(change, comparing.parsed(base), talos), version);
    const difference = differenceOf(comparing, before, next, mode);
    const result = { node: target.address, ...difference, warnings: next.warnings };
    if (dryRun || difference.changes.length === 0) return { ...result, applied: false };
    const { text } = next;
    const sending = { target, text, mode, tryTimeoutMs, before, comparing };
    const warnings = await apply(operation, sending, options.check);
    return { ...result, applied: true, warnings: warnings ?? next.warnings };
  });
}

function checkTrying({ check, tryTimeoutMs }: ApplyConfigurationOptions, mode: ApplyMode): void {
  const field = check !== undefined ? 'check' : tryTimeoutMs !== undefined ? 'tryTimeoutMs' : '';
  if (mode === 'TRY' || field === '') return;
  throw new TalosConfigError(`${field}: only with the mode TRY, not with ${mode}`, { field });
}

async function apply(
  operation: Operation<ApplyConfigurationStep>,
  sending: Sending,
  check: ConfigurationCheck | undefined,
): Promise<readonly string[] | undefined> {
  const { target, mode, tryTimeoutMs } = sending;
  const ready = mode === 'TRY' ? (check ?? (await ownCheck(operation, target))) : undefined;
  operation.begin('apply');
  // The node counts from when it takes it, which is later.
  const until = operation.clock.now() + tryTimeoutMs / 2;
  const reply = await send(operation, sending);
  if (ready === undefined) return reply?.warnings;
  return checkAndConfirm(operation, sending, ready, until);
}

function readVersion(
  operation: Operation<ApplyConfigurationStep>,
  target: Target,
): Promise<Version> {
  const options = {
    what: 'the node to answer',
    everyMs: 2_000,
    attemptMs: 15_000,
    isFinal: isRefusal,
  };
  return poll(operation, options, async (attempt) => ({
    found: await system(target).version({}, attempt),
  }));
}

/** What the node has is not what the caller passed: that it cannot be read is told apart. */
function readOrFail(
  operation: Operation<ApplyConfigurationStep>,
  comparing: Comparing,
  { active, persistent }: Configurations,
): void {
  try {
    comparing.parsed(active);
    comparing.parsed(persistent);
  } catch (cause) {
    if (!isTalosError(cause)) throw cause;
    throw operation.failure(`the configuration of the node cannot be read: ${cause.message}`, {
      cause,
      hint: 'a newer library may know it; configuration(node).apply() does not compare',
    });
  }
}

function refusePending(
  operation: Operation<ApplyConfigurationStep>,
  comparing: Comparing,
  { active, persistent }: Configurations,
): void {
  if (comparing.areSame(active, persistent)) return;
  throw operation.failure('a configuration is staged, or being tried, which would be lost', {
    hint: "reboot the node or wait, use the mode STAGED, or say pending: 'replace'",
  });
}

/** What a configuration changes of what the mode writes: that in force, that on the disk, or both. */
function differenceOf(
  comparing: Comparing,
  { active, persistent }: Configurations,
  { config }: CheckedConfig,
  mode: ApplyMode,
): { readonly diff: string; readonly changes: readonly ConfigChange[] } {
  const of = (text: string) => {
    const { text: diff, changes } = diffMachineConfigs(comparing.parsed(text), config);
    // Another order of documents is no difference, but shows in the text.
    return { diff: changes.length === 0 ? '' : diff, changes };
  };
  const first = of(mode === 'STAGED' ? persistent : active);
  return mode === 'NO_REBOOT' && first.changes.length === 0 ? of(persistent) : first;
}
