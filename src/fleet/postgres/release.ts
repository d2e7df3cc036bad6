import { createHash } from 'node:crypto';
import type { Flow } from '../flow.js';

/**
 * A name for flows and their versions: flows are run by workers of the release that began them. It does
 * not change with builds, or with the version of an engine.
 */
export function releaseOf(flows: Iterable<Flow>): string {
  const names = [...flows].map(({ name, version }) => `${name}@${version}`).sort();
  const text = names.join(' ');
  if (text.length <= LONGEST_RELEASE) return text;
  return `${names[0]} and others ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

const LONGEST_RELEASE = 200;
