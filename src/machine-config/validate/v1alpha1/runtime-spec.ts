import { isMap, keysOf } from '../../values.js';

/** What a part of the runtime specification of OCI is: a Go type by name, or a structure. */
type Part =
  | { readonly go: string; readonly takes: 'string' | 'bool' | 'integer' }
  | { readonly go: string; readonly items: Part }
  | { readonly go: string; readonly values: Part }
  | { readonly go: string; readonly fields: Readonly<Record<string, Part>> };

const text: Part = { go: 'string', takes: 'string' };
const flag: Part = { go: 'bool', takes: 'bool' };
const texts: Part = { go: '[]string', items: text };
const integer = (go: string): Part => ({ go, takes: 'integer' });
const list = (item: Part): Part => ({ go: `[]${item.go}`, items: item });
const structure = (go: string, fields: Readonly<Record<string, Part>>): Part => ({ go, fields });

const user = structure('specs.User', {
  uid: integer('uint32'),
  gid: integer('uint32'),
  umask: integer('uint32'),
  additionalGids: list(integer('uint32')),
  username: text,
});

const process = structure('specs.Process', {
  terminal: flag,
  user,
  args: texts,
  commandLine: text,
  env: texts,
  cwd: text,
  capabilities: structure('specs.LinuxCapabilities', {
    bounding: texts,
    effective: texts,
    inheritable: texts,
    permitted: texts,
    ambient: texts,
  }),
  rlimits: list(
    structure('specs.POSIXRlimit', {
      type: text,
      hard: integer('uint64'),
      soft: integer('uint64'),
    }),
  ),
  noNewPrivileges: flag,
  apparmorProfile: text,
  oomScoreAdj: integer('int'),
  selinuxLabel: text,
});

/** The parts that overrides name; what is deeper, the container runtime looks at. */
const spec = structure('specs.Spec', {
  ociVersion: text,
  process,
  root: structure('specs.Root', { path: text, readonly: flag }),
  hostname: text,
  domainname: text,
  mounts: list(
    structure('specs.Mount', { destination: text, type: text, source: text, options: texts }),
  ),
  annotations: { go: 'map[string]string', values: text },
});

/** Why overrides of the runtime specification cannot be used. */
export function runtimeSpecTrouble(overrides: object): string | undefined {
  return troubleOf(spec, overrides, 'Spec', []);
}

function troubleOf(
  part: Part,
  value: unknown,
  owner: string,
  path: readonly string[],
): string | undefined {
  const wrong = (found: string) =>
    `json: cannot unmarshal ${found} into Go struct field ${owner}.${path.join('.')} of type ${part.go}`;
  if (value === null || value === undefined) return undefined;
  if ('takes' in part) return isTaken(part.takes, value) ? undefined : wrong(kindOf(value));
  if ('items' in part) {
    if (!Array.isArray(value)) return wrong(kindOf(value));
    return firstOf(value.map((item) => troubleOf(part.items, item, owner, path)));
  }
  if (!isMap(value)) return wrong(kindOf(value));
  if ('values' in part) {
    return firstOf(keysOf(value).map((key) => troubleOf(part.values, value[key], owner, path)));
  }
  const name = part.go.replace(/^.*\./, '');
  return firstOf(
    keysOf(value)
      .sort()
      .map((key) => {
        const field = Object.hasOwn(part.fields, key) ? part.fields[key] : undefined;
        return field === undefined ? undefined : troubleOf(field, value[key], name, [...path, key]);
      }),
  );
}

function firstOf(troubles: readonly (string | undefined)[]): string | undefined {
  return troubles.find((trouble) => trouble !== undefined);
}

function isTaken(kind: 'string' | 'bool' | 'integer', value: unknown): boolean {
  if (kind === 'string') return typeof value === 'string';
  if (kind === 'bool') return typeof value === 'boolean';
  return typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || typeof value === 'bigint') return 'number';
  return typeof value === 'object' && !('text' in (value ?? {})) ? 'object' : 'string';
}
