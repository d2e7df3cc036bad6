/** The anchor that GitHub makes of a heading. */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');
}

/** The anchors of a page: a heading that has that of an earlier one gets a number behind it. */
export class Anchors {
  readonly #used = new Map<string, number>();

  next(heading: string): string {
    const anchor = anchorOf(heading);
    const count = this.#used.get(anchor) ?? 0;
    this.#used.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  }
}
