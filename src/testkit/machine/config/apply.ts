import type {
  ApplyConfiguration,
  ApplyConfigurationRequest_Mode,
} from '../../../../generated/messages/configuration.js';
import { sleep } from '../../clock.js';
import { ServerStatus } from '../../status.js';
import { defineTopic } from '../../topic.js';
import { events } from '../events/events.js';
import type { Machine } from '../machine.js';
import { config } from './config.js';
import { diffText } from './diff.js';
import { ConfigProblem } from './documents.js';
import { type MachineConfig, readConfig } from './machine-config.js';

/** What a caller wants to have applied. */
export interface ApplyOptions {
  readonly text: string;
  readonly mode: ApplyConfigurationRequest_Mode;
  readonly dryRun: boolean;
  /** When a configuration that is tried goes away. */
  readonly tryTimeoutMs: number;
}

/** What the node did. */
export type Applied = Pick<ApplyConfiguration, 'mode' | 'modeDetails' | 'warnings'>;

/** How long it takes to apply a configuration. */
const APPLY_MS = 10;

/**
 * How long a node stays in maintenance: the caller gets its answer before the connection goes, on a
 * busy machine too.
 */
const LEAVE_MS = 250;

/** Applies configurations, one at a time. */
export class Applying {
  readonly #machine: Machine;
  #busy = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /**
   * Does what `ApplyConfiguration` does.
   *
   * @throws {ServerStatus} when another one is being applied, or the configuration is no good.
   */
  async apply(options: ApplyOptions, signal: AbortSignal): Promise<Applied> {
    if (this.#busy) {
      throw new ServerStatus('failed-precondition', 'apply configuration is already in progress');
    }
    this.#busy = true;
    try {
      return await this.#apply(options, signal);
    } finally {
      this.#busy = false;
    }
  }

  async #apply(options: ApplyOptions, signal: AbortSignal): Promise<Applied> {
    const machine = this.#machine;
    const state = machine.state(config);
    const mode = this.#modeFor(options.mode);
    // Before anything is checked: even a request that fails keeps what is being tried.
    if (mode !== 'TRY') state.keepTried();
    if (mode === 'REBOOT') {
      throw new ServerStatus('unimplemented', 'applying a configuration with a reboot is gone');
    }
    if (mode === 'TRY' && machine.inMaintenance) {
      // There is nothing to go back to.
      throw new ServerStatus('unimplemented', 'mode TRY is not supported in maintenance mode');
    }
    const next = this.#read(options.text);
    await sleep(machine.clock, APPLY_MS, signal);
    if (options.dryRun) {
      const details = dryRunText(mode, options, state.active, next);
      return { mode, modeDetails: details, warnings: [] };
    }
    switch (mode) {
      case 'STAGED':
        state.persist(next);
        break;
      case 'TRY':
        state.try(next, options.tryTimeoutMs);
        break;
      default:
        state.persist(next);
        if (machine.inMaintenance) machine.clock.setTimer(LEAVE_MS, () => state.activate(next));
        else state.activate(next);
    }
    return { mode, modeDetails: detailsOf(mode, options), warnings: [...next.warnings] };
  }

  #modeFor(mode: ApplyConfigurationRequest_Mode): ApplyConfigurationRequest_Mode {
    if (mode === 'AUTO') return 'NO_REBOOT';
    return mode === 'REBOOT' && this.#machine.inMaintenance ? 'NO_REBOOT' : mode;
  }

  #read(text: string): MachineConfig {
    const machine = this.#machine;
    try {
      const next = readConfig(text, machine.talosVersion);
      if (next.node === undefined && !machine.inMaintenance) {
        throw new ConfigProblem('validation', 'the applied configuration has no v1alpha1 document');
      }
      return next;
    } catch (cause) {
      if (!(cause instanceof ConfigProblem)) throw cause;
      const value = { error: cause.message };
      machine
        .state(events)
        .emit(
          cause.kind === 'load'
            ? { case: 'configLoadError', value }
            : { case: 'configValidationError', value },
        );
      const what =
        cause.kind === 'load' ? 'failed to parse config' : 'configuration validation failed';
      throw new ServerStatus('invalid-argument', `${what}: ${cause.message}`, { cause });
    }
  }
}

function detailsOf(mode: ApplyConfigurationRequest_Mode, { tryTimeoutMs }: ApplyOptions): string {
  switch (mode) {
    case 'STAGED':
      return 'Staged configuration to be applied after the next reboot';
    case 'TRY':
      return `Applied configuration without a reboot, to be reverted in ${goDuration(tryTimeoutMs)}`;
    default:
      return 'Applied configuration without a reboot';
  }
}

function dryRunText(
  mode: ApplyConfigurationRequest_Mode,
  options: ApplyOptions,
  before: MachineConfig | undefined,
  next: MachineConfig,
): string {
  const diff = diffText(before?.text ?? '', next.text);
  return [
    'Dry run summary:',
    `${detailsOf(mode, options)} (skipped in dry-run).`,
    diff === '' ? 'No changes.' : `Config diff:\n\n${diff}`,
  ].join('\n');
}

/** A duration as Go prints it: `1m0s`. */
function goDuration(ms: number): string {
  const seconds = ms / 1000;
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const rest = `${seconds % 60}s`;
  if (hours > 0) return `${hours}h${minutes % 60}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

/** Where configurations are applied on a node. */
export const applying = defineTopic({
  name: 'applying',
  lifetime: 'boot',
  create: (machine: Machine) => new Applying(machine),
});
