import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** The memory that is in use, without what nobody refers to any more. */
export function memoryInUse(): NodeJS.MemoryUsage {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  // Memory outside of the heap is given back beside the program: the second time waits for the first.
  collect();
  collect();
  return process.memoryUsage();
}
