import { anything } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import type { Flow } from '../flow.js';
import type { Json } from '../json.js';
import type { StartOptions } from '../runner.js';
import type { FlowTable } from './flow-table.js';
import { jsonOf } from './json-value.js';
import type { RunStart } from './memory.js';
import { checkRunId } from './names.js';

const startShape: Shape<StartOptions> = { id: anything };

/**
 * What a run is begun with, of the arguments of `start`.
 *
 * @param flows those that the runner was given
 * @throws {TalosConfigError} naming the argument that cannot be used
 */
export function startOf<I extends Json, O extends Json>(
  flows: FlowTable,
  flow: Flow<I, O>,
  input: I,
  options: StartOptions,
): RunStart {
  checkOptions(options, startShape, 'start', "{ id: 'talos-1.14.1' }");
  const { id } = options;
  checkRunId(id, 'start');
  flows.check(flow);
  const { name, version } = flow;
  return { id, flow: name, version, input: jsonOf(input, 'start', 'input') };
}
