import { described } from '../../runtime/arguments/described.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { quoted } from '../../runtime/errors/quoted.js';
import type { Flow } from '../flow.js';
import type { Json } from '../json.js';
import type { RunStart } from './memory.js';

/** A flow that was begun, by its names. */
type Started = Pick<RunStart, 'id' | 'flow' | 'version'>;

/** The flows that a runner was given, by name. */
export class FlowTable {
  readonly #flows = new Map<string, Flow>();

  /** @throws {TalosConfigError} naming the flow that is none */
  constructor(flows: readonly Flow[], where: string) {
    this.#add(flows, where, 'flows');
  }

  /** All of them, with those that they run as children. */
  values(): Iterable<Flow> {
    return this.#flows.values();
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
  find(start: Started): Flow {
    const flow = this.#flows.get(start.flow);
    const names = { flow: start.flow, id: start.id, reason: 'version' } as const;
    if (flow === undefined) {
      throw new TalosFlowError('the runner was given no flow of this name', {
        ...names,
        hint: 'name it in `flows`, or in the `children` of the flow that runs it',
      });
    }
    if (flow.version !== start.version) throw otherVersion(start, flow.version);
    return flow;
  }

  #add(flows: readonly Flow[], where: string, field: string): void {
    for (const [index, flow] of flows.entries()) {
      const place = `${field}[${index}]`;
      const problem = problemOf(flow);
      if (problem !== undefined) throw refused(where, place, problem);
      const known = this.#flows.get(flow.name);
      if (known === flow) continue;
      if (known !== undefined) {
        throw refused(where, place, `there is another flow with the name ${quoted(flow.name)}`);
      }
      this.#flows.set(flow.name, flow);
      this.#add((flow.children ?? []) as readonly Flow[], where, `${place}.children`);
    }
  }
}

/** An error about a run that another release of a flow has begun. */
export function otherVersion(start: Started, version: string): TalosFlowError {
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
  const { name, version, run, children } = (flow ?? {}) as Partial<Flow>;
  if (typeof run !== 'function') {
    return `expected a flow with name, version and run, got ${described(flow)}`;
  }
  if (typeof name !== 'string' || name === '')
    return `name: expected a text, got ${described(name)}`;
  if (typeof version !== 'string' || version === '') {
    return `version: expected a text, got ${described(version)}`;
  }
  if (children !== undefined && !Array.isArray(children)) {
    return `children: expected a list of flows, got ${described(children)}`;
  }
  return undefined;
}
