import { diffMachineConfigs, type MachineConfig } from 'talos-client/machine-config';
import type {
  ApplyConfiguration,
  ApplyConfigurationRequest_Mode,
} from '../../../generated/configuration.js';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { sleep } from '../../base/time/clock.js';
import { defineTopic } from '../../base/topic.js';
import { supports } from '../../base/versions.js';
import { config } from './config.js';
import { checkConfig, type NodeConfig, parseConfig } from './machine-config.js';
import { ConfigProblem } from './problem.js';

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
      throw new ServerStatus(
        'failed-precondition',
        'another apply configuration is already in progress',
      );
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
    const { inMaintenance, talosVersion } = machine;
    if (inMaintenance && !supports(talosVersion, '1.13')) {
      return this.#applyInOldMaintenance(options, signal);
    }
    const state = machine.state(config);
    // Before anything is checked: even a request that fails keeps what is being tried.
    if (options.mode !== 'TRY') state.keepTried();
    const parsed = judged(() => parseConfig(options.text, talosVersion));
    const mode = this.#modeFor(options.mode, parsed);
    const next = judged(() => checkConfig(parsed, talosVersion));
    await sleep(machine.clock, APPLY_MS, signal);
    const details = detailsOf(mode);
    if (options.dryRun) {
      return { mode, modeDetails: dryRunText(details, state.active, next), warnings: [] };
    }
    if (mode !== 'TRY') state.persist(next);
    const { tryTimeoutMs } = options;
    if (mode !== 'STAGED') {
      this.#take(() => (mode === 'TRY' ? state.try(next, tryTimeoutMs) : state.activate(next)));
    }
    const modeDetails = mode === 'TRY' ? `${details}\n${revertText(tryTimeoutMs)}` : details;
    return { mode, modeDetails, warnings: [...next.warnings] };
  }

  /** Puts a configuration in force; with it a node leaves maintenance. */
  #take(take: () => void): void {
    const { clock, inMaintenance } = this.#machine;
    if (inMaintenance) clock.setTimer(LEAVE_MS, take);
    else take();
  }

  /** A server of its own answered in maintenance up to Talos 1.12; it names no mode. */
  async #applyInOldMaintenance(options: ApplyOptions, signal: AbortSignal): Promise<Applied> {
    const { mode, text, dryRun } = options;
    const { clock, talosVersion } = this.#machine;
    if (mode === 'NO_REBOOT' || mode === 'STAGED') {
      const word = mode.toLowerCase().replace('_', '-');
      throw new ServerStatus(
        'unimplemented',
        `apply configuration --mode='${word}' is not supported in maintenance mode`,
      );
    }
    const parsed = judged(
      () => parseConfig(text, talosVersion),
      (problem) => new Error(`failed to parse config: ${problem}`),
    );
    const next = judged(
      () => checkConfig(parsed, talosVersion),
      (problem) =>
        new ServerStatus('invalid-argument', `configuration validation failed: ${problem}`),
    );
    await sleep(clock, APPLY_MS, signal);
    const reply: Applied = { mode: 'REBOOT', modeDetails: '', warnings: [...next.warnings] };
    if (dryRun) {
      const modeDetails =
        'Dry run summary:\nNode is running in maintenance mode and does not have a config yet.';
      return { ...reply, modeDetails };
    }
    const state = this.#machine.state(config);
    state.persist(next);
    this.#take(() => state.activate(next));
    return reply;
  }

  /**
   * What is done for a mode.
   *
   * @throws {ServerStatus} when the node does not do it, or not with such a configuration.
   */
  #modeFor(
    mode: ApplyConfigurationRequest_Mode,
    { v1alpha1 }: MachineConfig,
  ): ApplyConfigurationRequest_Mode {
    const { inMaintenance } = this.#machine;
    if (!inMaintenance && v1alpha1 === undefined) {
      throw new ServerStatus(
        'invalid-argument',
        "the applied machine configuration doesn't contain v1alpha1 config, " +
          'did you mean to patch the machine config instead?',
      );
    }
    if (mode === 'REBOOT' && !inMaintenance) {
      throw new ServerStatus(
        'unimplemented',
        'the REBOOT mode is not supported, please use AUTO or NO_REBOOT modes instead',
      );
    }
    return mode === 'AUTO' || mode === 'REBOOT' ? 'NO_REBOOT' : mode;
  }
}

/** What `read` gives; what is wrong with the configuration becomes an error for the caller. */
function judged<Read>(
  read: () => Read,
  refusal: (problem: string) => Error = (problem) => new ServerStatus('invalid-argument', problem),
): Read {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof ConfigProblem ? refusal(cause.message) : cause;
  }
}

function detailsOf(mode: ApplyConfigurationRequest_Mode): string {
  return mode === 'STAGED'
    ? 'Staged configuration to be applied after the next reboot'
    : 'Applied configuration without a reboot';
}

function revertText(timeoutMs: number): string {
  const after = goDuration(timeoutMs);
  return `The config is applied in 'try' mode and will be automatically reverted back in ${after}`;
}

/** What would change, between both configurations without comments. */
function dryRunText(details: string, before: NodeConfig | undefined, next: NodeConfig): string {
  const { text } = diffMachineConfigs(before?.config, next.config, { showSecrets: true });
  return [
    'Dry run summary:',
    `${details} (skipped in dry-run).`,
    `Config diff:\n\n${text === '' ? 'No changes.' : text}`,
  ].join('\n');
}

/** A duration as Go prints it: `1m0s`. */
function goDuration(ms: number): string {
  if (ms > 0 && ms < 1000) return `${ms}ms`;
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
