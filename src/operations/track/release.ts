import { system } from '../../../generated/features/system.js';
import type { Target } from '../../runtime/target.js';
import type { Operation } from '../run/operation.js';
import { poll } from '../run/poll.js';

const EVERY_MS = 3_000;
const ATTEMPT_MS = 10_000;

/**
 * The release that a node runs, such as `v1.14.0`. It is asked until it answers: a connection from
 * before a boot may take a moment to be found dead.
 */
export function readRelease<Step extends string>(
  operation: Operation<Step>,
  node: Target,
): Promise<string> {
  return poll(
    operation,
    { what: 'the node to tell its release', everyMs: EVERY_MS, attemptMs: ATTEMPT_MS },
    async (call) => {
      const { version } = await system(node).version({}, call);
      return version === undefined ? { missing: 'a reply without one' } : { found: version.tag };
    },
  );
}

/** A release in its parts. */
export interface Release {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** Such as `alpha`, `2`; empty for a release proper. */
  readonly prerelease: readonly string[];
}

/** The parts of a release such as `v1.14.0-beta.1`; nothing when it is none. */
export function parseRelease(text: string): Release | undefined {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$/.exec(text);
  if (parts === null) return undefined;
  const [, major, minor, patch, prerelease] = parts;
  return {
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    prerelease: prerelease === undefined ? [] : prerelease.split('.'),
  };
}

/** Below zero if `one` is older, above if it is newer; by the rules of semantic versioning. */
export function compareReleases(one: Release, other: Release): number {
  const numbers = one.major - other.major || one.minor - other.minor || one.patch - other.patch;
  if (numbers !== 0) return numbers;
  const [mine, theirs] = [one.prerelease, other.prerelease];
  if (mine.length === 0 || theirs.length === 0) return theirs.length - mine.length;
  for (let index = 0; index < Math.max(mine.length, theirs.length); index++) {
    const order = compareParts(mine[index], theirs[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function compareParts(one: string | undefined, other: string | undefined): number {
  if (one === undefined || other === undefined)
    return one === other ? 0 : one === undefined ? -1 : 1;
  const [first, second] = [isNumber(one), isNumber(other)];
  if (first && second) return Number(one) - Number(other);
  if (first !== second) return first ? -1 : 1;
  return one < other ? -1 : one > other ? 1 : 0;
}

function isNumber(part: string): boolean {
  return /^\d+$/.test(part);
}
