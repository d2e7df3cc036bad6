import type { Init } from 'talos-client';
import type { MountStat } from '../../../generated/files.js';
import type { Machine } from '../../base/machine.js';
import { files } from './files.js';
import { goErrors } from './go-errors.js';
import { mountsOf } from './mounts.js';
import { errnoTexts } from './node.js';

/**
 * The mounts with their sizes.
 *
 * @throws {Error} when one of them cannot be measured.
 */
export function mountStats(machine: Machine): readonly Init<MountStat>[] {
  const system = machine.state(files);
  const mounts = mountsOf(machine);
  const problems = mounts.flatMap(({ target }) => system.problemOf(target) ?? []);
  if (problems.length > 0) throw goErrors(problems.map((problem) => errnoTexts[problem]));
  return mounts.map(({ source, target, size, available }) => ({
    filesystem: source,
    size: BigInt(size),
    available: BigInt(available),
    mountedOn: target,
  }));
}
