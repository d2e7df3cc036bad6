import { unlessAborted } from '../../runtime/unless-aborted.js';
import type { Flow } from '../flow.js';
import type { Json } from '../json.js';
import { EngineContext } from './context.js';
import { failureOf } from './failure.js';
import { jsonOf } from './json-value.js';
import type { Ended, FlowMemory } from './memory.js';
import type { FlowParts } from './parts.js';

/**
 * Runs a flow to its end: what steps gave before is taken from the memory.
 *
 * @returns how it ended, for the engine to remember
 * @throws when the worker has to stop: nothing is to be remembered then, and the flow can be taken up
 */
export async function runFlow(
  flow: Flow,
  input: Json,
  memory: FlowMemory,
  parts: FlowParts,
): Promise<Ended> {
  const context = new EngineContext(flow.name, memory, parts);
  const ended = await unlessAborted(memory.signal, async () => {
    const end = await endOf(flow, input, context);
    await context.finish();
    return end;
  });
  if (context.stop !== undefined) throw context.stop.error;
  return ended;
}

async function endOf(flow: Flow, input: Json, context: EngineContext): Promise<Ended> {
  try {
    const output: Json | undefined = await flow.run(context, input);
    if (output === undefined) return { state: 'done', output };
    return { state: 'done', output: jsonOf(output, `what ${flow.name} gave`, 'output') };
  } catch (error) {
    return { state: 'failed', error: failureOf(error) };
  }
}
