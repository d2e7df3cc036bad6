import { resources } from '../../generated/features/resources.js';
import { nearest } from '../runtime/arguments/nearest.js';
import type { CallOptions } from '../runtime/call-options.js';
import type { Target } from '../runtime/target.js';
import type { Kind } from './kind.js';
import { isMapping, yamlData } from './spec/from-yaml.js';
import type { JsonObject, JsonValue } from './spec/shape.js';

/** The kinds that a node has, as it defines them itself. */
export class Definitions {
  readonly #yaml: readonly string[];

  private constructor(yaml: readonly string[]) {
    this.#yaml = yaml;
  }

  /** Asks the node. */
  static async of(target: Target, options: CallOptions): Promise<Definitions> {
    const yaml: string[] = [];
    const request = { namespace: 'meta', type: 'ResourceDefinitions.meta.cosi.dev' };
    for await (const { resource } of resources(target).list(request, options)) {
      yaml.push(resource?.spec?.yamlSpec ?? '');
    }
    return new Definitions(yaml);
  }

  /** The kinds that a name leads to: one, or several when it is an alias of more than one. */
  named(name: string): readonly Kind<JsonValue>[] {
    const wanted = name.toLowerCase();
    // To read the YAML of two hundred definitions takes longer than to look through it.
    const kinds = this.#yaml.filter((text) => text.toLowerCase().includes(wanted)).flatMap(kindsIn);
    const exact = kinds.filter(({ type }) => type.toLowerCase() === wanted);
    return exact.length > 0 ? exact : kinds.filter(({ aliases }) => aliases.includes(wanted));
  }

  all(): readonly Kind<JsonValue>[] {
    return this.#yaml.flatMap(kindsIn);
  }
}

function kindsIn(yaml: string): Kind<JsonValue>[] {
  const spec = yamlData(yaml);
  return isMapping(spec) && typeof spec.type === 'string' ? [kindOf(spec, spec.type)] : [];
}

function kindOf(spec: JsonObject, type: string): Kind<JsonValue> {
  const names = Array.isArray(spec.allAliases) ? spec.allAliases : spec.aliases;
  const aliases = Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [];
  return Object.freeze({
    type,
    namespace: typeof spec.defaultNamespace === 'string' ? spec.defaultNamespace : '',
    aliases: Object.freeze([...new Set(aliases.map((alias) => alias.toLowerCase()))]),
    sensitive: spec.sensitivity === 'sensitive',
  });
}

/** Up to three names that are near to one that is wrong, each with its type. */
export function nearestKinds(name: string, kinds: readonly Kind[]): readonly string[] {
  const left = new Map<string, Kind>();
  for (const kind of kinds) {
    for (const own of [kind.type, ...kind.aliases]) {
      // Capitals are near to everything that is short.
      if (own.length > 3 || name.length < 4) left.set(own, kind);
    }
  }
  const [short = name] = name.split('.');
  const found: string[] = [];
  while (found.length < 3) {
    const near = nearest(name, [...left.keys()]) ?? nearest(short, [...left.keys()]);
    const kind = near === undefined ? undefined : left.get(near);
    if (near === undefined || kind === undefined) break;
    found.push(near === kind.type ? near : `${near} (${kind.type})`);
    for (const [own, other] of left) if (other === kind) left.delete(own);
  }
  return found;
}
