import { described } from '../../runtime/arguments/described.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { quoted } from '../../runtime/errors/quoted.js';
import type { Flow } from '../flow.js';
import type { Json } from '../json.js';
import type { FlowStart } from './records.js';

/** The flows that a runner was given, by name. */
export class FlowTable {
  readonly #flows = new Map<string, Flow>();

  /** @throws {TalosConfigError} naming the flow that is none */
  constructor(flows: readonly Flow[], where: string) {
    for (const [index, flow] of flows.entries()) {
      const problem = problemOf(flow) ?? this.#clash(flow);
      if (problem !== undefined) {
        throw refused(where, `flows[${index}]`, problem);
      }
      this.#flows.set(flow.name, flow);
    }
  }

  /**
   * Refuses a flow that the runner was not given: it could not be taken up after a death.
   *
   * @throws {TalosConfigError}
   */
  check(flow: Flow<never, Json>): void {
    const problem = problemOf(flow);
    if (problem !== undefined) throw refused('start', 'flow', problem);
    if (this.#flows.get(flow.name)?.version === flow.version) return;
    const missing = `the runner was not given ${quoted(flow.name)} in this version: name it in \`flows\``;
    throw refused('start', 'flow', missing);
  }

  /**
   * The flow to go on with what has begun.
   *
   * @throws {TalosFlowError} with the reason `version`
   */
  find(start: FlowStart): Flow {
    const flow = this.#flows.get(start.flow);
    const names = { flow: start.flow, id: start.id, reason: 'version' } as const;
    if (flow === undefined) {
      throw new TalosFlowError('the runner was given no flow of this name', {
        ...names,
        hint: 'name it in `flows`, and all that it runs as children',
      });
    }
    if (flow.version !== start.version) throw otherVersion(start, flow.version);
    return flow;
  }

  #clash(flow: Flow): string | undefined {
    const other = this.#flows.get(flow.name);
    if (other === undefined || other === flow) return undefined;
    return `there is another flow with the name ${quoted(flow.name)}`;
  }
}

/** An error about a run that another release of a flow has begun. */
export function otherVersion(start: FlowStart, version: string): TalosFlowError {
  const { flow, id } = start;
  return new TalosFlowError(
    `it was begun by version ${quoted(start.version)} of the flow, and this is version ${quoted(version)}`,
    {
      flow,
      id,
      reason: 'version',
      hint: 'let the release that began it bring it to its end, or cancel it and look at its nodes',
    },
  );
}

function refused(where: string, field: string, problem: string): TalosConfigError {
  return new TalosConfigError(`${where}: ${field}: ${problem}`, { field });
}

function problemOf(flow: unknown): string | undefined {
  const { name, version, run } = (flow ?? {}) as Partial<Flow>;
  if (typeof run !== 'function') {
    return `expected a flow with name, version and run, got ${described(flow)}`;
  }
  if (typeof name !== 'string' || name === '')
    return `name: expected a text, got ${described(name)}`;
  if (typeof version !== 'string' || version === '') {
    return `version: expected a text, got ${described(version)}`;
  }
  return undefined;
}
