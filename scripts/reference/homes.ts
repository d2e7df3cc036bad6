import { dirname, join, resolve } from 'node:path';
import type { EntryPoint } from './entry-points.js';

/** Messages that several features export have a page of their own. */
const shared = {
  title: 'Messages that several features share',
  page: 'messages',
  folder: '.',
  source: 'generated/messages/shared.ts',
} as const satisfies EntryPoint;

/**
 * The entry point on whose page a name stands. The root comes first; then the one in whose folder the
 * name is declared, the innermost of them; then the first.
 *
 * @param file where it is declared
 */
export function homeOf(file: string, exportedBy: readonly EntryPoint[]): EntryPoint {
  const [first] = exportedBy;
  if (first === undefined) throw new Error(`${file}: nothing exports it`);
  if (isRoot(first) || exportedBy.length === 1) return first;
  const owners = exportedBy.filter((entryPoint) => owns(entryPoint, file));
  const [owner] = owners.sort((a, b) => b.source.length - a.source.length);
  if (owner !== undefined) return owner;
  return /\/generated\/messages\/\w+\.ts$/.test(file) ? { ...shared, folder: first.folder } : first;
}

function isRoot({ page }: EntryPoint): boolean {
  return page === 'index';
}

/** Whether a file belongs to an entry point: lies in its folder, or has the messages of the feature. */
function owns({ folder, source, page }: EntryPoint, file: string): boolean {
  const module = resolve(folder, source);
  const isFolder = source.endsWith('/index.ts') && source !== 'src/index.ts';
  return (
    file === module ||
    file === resolve(join(folder, 'generated/messages', `${page}.ts`)) ||
    (isFolder && file.startsWith(`${dirname(module)}/`))
  );
}
