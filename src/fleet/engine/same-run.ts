import { isDeepStrictEqual } from 'node:util';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import { otherVersion } from './flow-table.js';
import type { RunStart } from './memory.js';

/**
 * Refuses to take one run for another.
 *
 * @throws {TalosFlowError}
 */
export function checkSame(known: RunStart, asked: RunStart): void {
  const { id, flow } = known;
  if (known.flow === asked.flow && known.version !== asked.version) {
    throw otherVersion(known, asked.version);
  }
  const isSame = known.flow === asked.flow && isDeepStrictEqual(known.input, asked.input);
  if (isSame) return;
  throw new TalosFlowError(
    known.flow === asked.flow
      ? 'there is a run of this id with another input'
      : `there is a run of this id already, of the flow ${known.flow}`,
    { flow, id, reason: 'different', hint: 'give the new run an id of its own' },
  );
}
