/** The key under which `util.inspect` looks for an object's own way to be shown. */
const inspect = Symbol.for('nodejs.util.inspect.custom');

/** A proxy URL without its user name and password. */
function withoutLogin(proxy: string): string {
  // Up to the last @, since a password may hold one.
  return proxy.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1<hidden>@');
}

/**
 * Returns `options`. Logged, inspected or turned into JSON they show a proxy without its password;
 * read or copied by spreading, they have it.
 */
export function hideLogin<Options extends { readonly proxy?: string }>(options: Options): Options {
  const { proxy } = options;
  if (proxy === undefined || withoutLogin(proxy) === proxy) return options;
  const show = { value: () => ({ ...options, proxy: withoutLogin(proxy) }) };
  return Object.defineProperties(options, { toJSON: show, [inspect]: show });
}
