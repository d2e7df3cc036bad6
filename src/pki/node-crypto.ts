/**
 * The cryptography of Node.js, looked up when it is needed: whoever bundles this for a browser gets a
 * bundle that loads, and only what makes or uses keys fails there.
 *
 * @throws when the runtime has none.
 */
export function nodeCrypto(): typeof import('node:crypto') {
  const found = globalThis.process?.getBuiltinModule?.('node:crypto');
  if (found === undefined) {
    throw new Error('keys and certificates need node:crypto, which this runtime does not have');
  }
  return found;
}
