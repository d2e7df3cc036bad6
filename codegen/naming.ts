/** Words that cannot name a declaration, and globals that generated modules use. */
const taken: ReadonlySet<string> = new Set(
  `abstract any arguments as asserts async await bigint boolean break case catch class const
  constructor continue debugger declare default delete do else enum eval export extends false
  finally for from function get global globalThis if implements import in infer instanceof interface
  is keyof let module namespace never new null number object of out override package private
  protected public readonly require return satisfies set static string super switch symbol this throw
  true try type typeof undefined unique unknown using var void while with yield Infinity NaN
  Array ArrayBuffer AsyncIterable BigInt Boolean Buffer DataView Date Error Function Iterable JSON Map
  Math Number Object Promise Proxy Record Reflect RegExp Set String Symbol Uint8Array WeakMap
  WeakSet`.split(/\s+/),
);

/** Members that every object has: a field of that name could not be left out. */
const inherited: ReadonlySet<string> = new Set([
  'constructor',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  'toLocaleString',
  'toString',
  'valueOf',
]);

/** Names that a client method cannot have; an object with `then` would be awaited. */
const notMethods: ReadonlySet<string> = new Set([...inherited, 'then']);

/**
 * The TypeScript name of a message or enum: its name without the package, nested ones after their
 * parents with `_` between.
 */
export function typeName(fullName: string, packageName: string): string {
  const local = packageName === '' ? fullName : fullName.slice(packageName.length + 1);
  const name = local.replaceAll('.', '_');
  return taken.has(name) ? `${name}_` : name;
}

/** The name of a field or oneof: the one that protobuf's JSON mapping gives it. */
export function fieldName(protoName: string): string {
  const name = protoName.replace(/_+([^_]?)/g, (_, next: string) => next.toUpperCase());
  if (name === '') return '_';
  if (/^[0-9]/.test(name)) return `_${name}`;
  return inherited.has(name) ? `${name}_` : name;
}

/** The default name of an RPC's method: without the feature's name in front, in lower camel case. */
export function methodName(rpc: string, feature: string): string {
  const full = words(rpc);
  const own = words(feature);
  const singular = own.map((word, index) =>
    index === own.length - 1 ? word.replace(/s$/, '') : word,
  );
  const rest = [own, singular].find(
    (prefix) => prefix.length < full.length && prefix.every((word, index) => word === full[index]),
  );
  const name = camel(full.slice(rest?.length ?? 0));
  return notMethods.has(name) ? `${name}_` : name;
}

/** Whether a method can be called that. */
export function isMethodName(name: string): boolean {
  return isIdentifier(name) && !notMethods.has(name);
}

/** Whether a message, an enum or a field can be called that. */
export function isTypeName(name: string): boolean {
  return isIdentifier(name) && !taken.has(name) && !inherited.has(name);
}

function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name);
}

/** Whether `name` is a feature's: kebab-case, starting with a letter. */
export function isFeatureName(name: string): boolean {
  return /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name);
}

/** `fan-out` → `fanOut`; a word that TypeScript keeps for itself gets a `_`. */
export function factoryName(feature: string): string {
  const name = camel(words(feature));
  return taken.has(name) ? `${name}_` : name;
}

/** `fan-out` with `Methods` → `fanOutMethods`. */
export function constantName(feature: string, suffix: string): string {
  return camel(words(feature)) + suffix;
}

/** `fan-out` → `FanOut`. */
export function pascalName(feature: string): string {
  return words(feature).map(capital).join('');
}

function camel([first = '', ...rest]: readonly string[]): string {
  return first + rest.map(capital).join('');
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** The words of a name in lower case; a run of capitals is one word, `CPUInfo` is `cpu info`. */
function words(name: string): string[] {
  const found = name.match(/[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z][a-z0-9]*|[0-9]+/g) ?? [name];
  return found.map((word) => word.toLowerCase());
}
