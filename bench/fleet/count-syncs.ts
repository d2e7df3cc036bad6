import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** How often this process has had a disk write down what was written. */
export interface Syncs {
  count: number;
}

/** Counts from now on. To be called before modules are loaded that take functions of `node:fs`. */
export async function countSyncs(): Promise<Syncs> {
  const syncs: Syncs = { count: 0 };
  const counted = (of: Record<string, unknown>, name: string): void => {
    const own = of[name] as (...args: unknown[]) => unknown;
    of[name] = function (this: unknown, ...args: unknown[]) {
      syncs.count += 1;
      return own.apply(this, args);
    };
  };
  for (const name of ['fsync', 'fsyncSync', 'fdatasync', 'fdatasyncSync']) {
    counted(fs as unknown as Record<string, unknown>, name);
  }
  const file = await open(new URL(import.meta.url), 'r');
  const handles = Object.getPrototypeOf(file);
  for (const name of ['sync', 'datasync']) counted(handles, name);
  await file.close();
  syncBuiltinESMExports();
  return syncs;
}
