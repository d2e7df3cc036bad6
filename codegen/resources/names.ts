/** What talosctl calls one resource of a type: `MachineStatus` for `MachineStatuses.runtime…`. */
export function singular(type: string): string {
  const [plural = ''] = type.split('.');
  if (plural.endsWith('ies')) return `${plural.slice(0, -3)}y`;
  return plural.replace(/(us|ss|sh)es$|s$/, '$1');
}

/**
 * The names that lead to a type besides itself, in lower case and as nodes have them: the plural
 * with more and more of the suffix, its own aliases, the singular, and its capitals with and without
 * an `s`.
 */
export function aliasesOf(
  type: string,
  own: readonly string[],
  ownOnly: boolean,
  one: string = singular(type),
): readonly string[] {
  if (ownOnly) return own;
  const [plural = '', ...suffix] = type.split('.');
  const plurals = suffix.map((_, count) =>
    [plural.toLowerCase(), ...suffix.slice(0, count)].join('.'),
  );
  const capitals = plural.replace(/[^A-Z]/g, '').toLowerCase();
  const short = capitals.length < 2 ? [] : [capitals];
  if (short.length > 0 && !capitals.endsWith('s')) short.push(`${capitals}s`);
  return [...new Set([...plurals, ...own, one.toLowerCase(), ...short])];
}

/** `machineStatusSpecShape` of `MachineStatusSpec`; capitals at the start go down together. */
export function constantOf(name: string, suffix: string): string {
  const start = /^[A-Z]+(?=[A-Z][a-z]|\d|$)|^[A-Z]/.exec(name)?.[0] ?? '';
  return start.toLowerCase() + name.slice(start.length) + suffix;
}
