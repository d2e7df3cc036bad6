/** A longer list of names does not help. */
const MOST_LISTED = 12;

/**
 * What to say after a name that is not one of `names`: the nearest of them, or else all of them, or
 * nothing when there are many.
 */
export function instead(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  if (near !== undefined) return `; did you mean ${near}?`;
  if (names.length === 0) return '; there are none';
  return names.length > MOST_LISTED ? '' : `; there are ${names.join(', ')}`;
}

/** The one of `names` that `name` most likely stands for; absent when none is near. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const wanted = plain(name);
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of names) {
    const other = plain(candidate);
    const distance = editDistance(wanted, other);
    // A third of the letters may be wrong, which still tells most names apart.
    if (distance >= least || distance * 3 > Math.max(wanted.length, other.length)) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

/** Upper case, underscores and hyphens make no difference: `timeoutMS`, `timeout_ms`. */
function plain(name: string): string {
  return name.slice(0, 64).replace(/[_-]/g, '').toLowerCase();
}

/** How many letters to put in, take out, change, or swap with the next one. */
function editDistance(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      let least = Math.min(at(row, j - 1) + same, at(row, j) + 1, at(next, j - 1) + 1);
      if (one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        least = Math.min(least, at(before, j - 2) + 1);
      }
      next.push(least);
    }
    before = row;
    row = next;
  }
  return at(row, other.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
