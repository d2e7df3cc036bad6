/** What a release knows of a type of resources, before names are derived from it. */
export interface Definition {
  /** The canonical type: a name in the plural, and a suffix that tells whose it is. */
  readonly type: string;
  /** Where its resources live. */
  readonly namespace: string;
  /** The first release with the type, where that is later than Talos 1.6. */
  readonly since?: string;
  /** Names beside the derived ones. */
  readonly aliases?: readonly string[];
  /** Whether no names are derived from the type. */
  readonly ownAliasesOnly?: boolean;
  /** Columns of a table of its resources: heading and JSONPath. */
  readonly columns?: readonly (readonly [heading: string, jsonPath: string])[];
  /** Whether its resources hold secrets. */
  readonly sensitive?: boolean;
}

/** The spec of `ResourceDefinitions.meta.cosi.dev`. */
export interface ResourceDefinitionSpec {
  readonly type: string;
  readonly displayType: string;
  readonly defaultNamespace: string;
  readonly aliases: readonly string[];
  readonly allAliases: readonly string[];
  readonly skipAutomaticAliases?: true;
  readonly printColumns: readonly { readonly name: string; readonly jsonPath: string }[];
  /** Absent when everybody may read. */
  readonly sensitivity?: 'sensitive';
}

/**
 * The spec of a definition's resource. Names that lead to a type are, in lower case: its singular,
 * its plural, the plural with the first parts of the suffix, and its capitals, with an `s` after
 * them unless they end in one.
 */
export function definitionSpec(definition: Definition): ResourceDefinitionSpec {
  const { type, namespace, aliases: ownAliases = [], columns = [] } = definition;
  const [name = '', ...suffix] = type.split('.');
  const displayType = singular(name);
  const derived = definition.ownAliasesOnly !== true;
  const aliases = [...ownAliases, ...(derived ? shortNames(name, displayType) : [])];
  const plurals = derived
    ? suffix.map((_, parts) => [name.toLowerCase(), ...suffix.slice(0, parts)].join('.'))
    : [];
  return {
    type,
    displayType,
    defaultNamespace: namespace,
    aliases,
    allAliases: [...plurals, ...aliases],
    ...(derived ? {} : { skipAutomaticAliases: true as const }),
    printColumns: columns.map(([heading, jsonPath]) => ({ name: heading, jsonPath })),
    ...(definition.sensitive === true ? { sensitivity: 'sensitive' as const } : {}),
  };
}

function shortNames(name: string, displayType: string): string[] {
  const capitals = name.replace(/[^A-Z]/g, '');
  const names = [displayType.toLowerCase()];
  if (capitals.length > 1) names.push(capitals.toLowerCase());
  if (capitals.length > 1 && !capitals.endsWith('S')) names.push(`${capitals.toLowerCase()}s`);
  return names;
}

/** The singular of the plurals that types are named with, as Talos' library makes it. */
function singular(plural: string): string {
  if (plural.endsWith('Caches')) return plural.slice(0, -2);
  if (plural.endsWith('ies')) return `${plural.slice(0, -3)}y`;
  return plural.replace(/(us|ss|sh)es$|s$/, '$1');
}
