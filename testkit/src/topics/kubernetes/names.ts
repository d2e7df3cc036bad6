import type { Random } from '../../base/random.js';

/** What Kubernetes makes random names of: nothing that could spell a word. */
const LETTERS = [...'bcdfghjklmnpqrstvwxz2456789'];

/** Characters that Kubernetes appends to the name of an owner: 5 for pods, 10 for ReplicaSets. */
export function nameSuffix(random: Random, length: number): string {
  return Array.from({ length }, () => random.pick(LETTERS)).join('');
}
