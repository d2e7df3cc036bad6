/** The library that writes certificates: an optional peer that only the testkit needs. */
export type X509Library = typeof import('@peculiar/x509');

let library: Promise<X509Library> | undefined;

/**
 * Loads the library, once, when the first certificate is made.
 *
 * @throws when it is not installed
 */
export function loadX509(): Promise<X509Library> {
  library ??= load();
  return library;
}

async function load(): Promise<X509Library> {
  try {
    await import('reflect-metadata'); // the library fails to load without it
    return await import('@peculiar/x509');
  } catch (cause) {
    throw new Error(
      'certificates for tests need two more packages: npm install --save-dev @peculiar/x509 reflect-metadata',
      { cause },
    );
  }
}
