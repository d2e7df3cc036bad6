import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { parseRelease, type Release } from '../track/release.js';

/** What the reference of an installer image says. */
export interface InstallerImage {
  readonly reference: string;
  /** The release that it installs, such as `v1.14.1`. */
  readonly version: string;
  readonly release: Release;
  /** The schematic of the Image Factory that it was made of; absent in other images. */
  readonly schematic: string | undefined;
}

/**
 * Reads the reference of an installer image, such as `ghcr.io/siderolabs/installer:v1.14.1` or
 * `factory.talos.dev/metal-installer/<schematic>:v1.14.1`.
 *
 * @param version the release, where the tag does not say
 * @throws {TalosConfigError} when nothing says which release it is
 */
export function installerImage(image: unknown, version: string | undefined): InstallerImage {
  if (typeof image !== 'string' || image.trim() === '') {
    throw refused('image', 'must be stated: it is the installer to upgrade to');
  }
  const [named = ''] = image.split('@');
  const slash = named.lastIndexOf('/');
  const colon = named.indexOf(':', slash);
  const repository = colon === -1 ? named : named.slice(0, colon);
  const tag = colon === -1 ? '' : named.slice(colon + 1);
  const release = parseRelease(version ?? tag);
  if (release === undefined) {
    if (version !== undefined) throw refused('version', 'expected a release such as v1.14.1');
    throw refused('version', 'must be given, since the tag of the image is no release');
  }
  const [schematic] = /[0-9a-f]{64}$/.exec(repository) ?? [];
  const text = (version ?? tag).replace(/^v?/, 'v');
  return { reference: image, version: text, release, schematic };
}

/** The error of a request that cannot be done as it is, by the field that is wrong. */
export function refused(field: string, problem: string): TalosConfigError {
  return new TalosConfigError(`upgradeNode: ${field}: ${problem}`, { field });
}
