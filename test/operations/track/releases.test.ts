import { describe, expect, it } from 'vitest';
import { isBlank, isSameBoot } from '../../../src/operations/track/boot-mark.js';
import { compareReleases, parseRelease } from '../../../src/operations/track/release.js';
import { checkPath, isLegacy } from '../../../src/operations/upgrading/check.js';
import { installerImage } from '../../../src/operations/upgrading/image.js';

const release = (text: string) => {
  const found = parseRelease(text);
  if (found === undefined) throw new Error(`${text} is no release`);
  return found;
};

describe('releases', () => {
  it('come in the order of semantic versioning', () => {
    const ordered = [
      ...['v1.13.0-alpha.1', 'v1.13.0-alpha.2', 'v1.13.0-alpha.10', 'v1.13.0-alpha.10.1'],
      ...[
        'v1.13.0-beta',
        'v1.13.0-beta.0',
        'v1.13.0-rc.1',
        'v1.13.0',
        'v1.13.2',
        'v1.14.0-alpha.0',
      ],
      'v2.0.0',
    ];
    for (const [index, one] of ordered.entries()) {
      for (const [other, text] of ordered.entries()) {
        const order = Math.sign(compareReleases(release(one), release(text)));
        expect(order, `${one} ${text}`).toBe(Math.sign(index - other));
      }
    }
  });

  it.each(['', 'latest', 'v1.14', '1.14.0.1', 'v1.14.0-', 'sha256:00'])('%j is none', (text) => {
    expect(parseRelease(text)).toBeUndefined();
  });

  it('up to 1.13.0-alpha.2 are upgraded in the older way', () => {
    expect(isLegacy(release('v1.12.9'))).toBe(true);
    expect(isLegacy(release('v1.13.0-alpha.2'))).toBe(true);
    expect(isLegacy(release('v1.13.0-beta.0'))).toBe(false);
  });

  it.each<[string, string, boolean]>([
    ['v1.13.4', 'v1.14.1', true],
    ['v1.14.1', 'v1.13.4', true],
    ['v1.14.0', 'v1.14.9', true],
    ['v1.12.0', 'v1.14.1', false],
    ['v1.14.1', 'v1.12.0', false],
    ['v1.14.0', 'v2.14.0', false],
    ['dirty', 'v1.14.0', false],
  ])('from %s to %s: allowed is %s', (from, to, allowed) => {
    const path = () => checkPath(from, installerImage(`installer:${to}`, undefined), false);
    if (allowed) expect(path).not.toThrow();
    else expect(path).toThrow(/upgradeNode: image: /);
  });

  it('may be left out when the caller says so', () => {
    const image = installerImage('installer:v1.14.1', undefined);
    expect(() => checkPath('v1.9.0', image, true)).not.toThrow();
  });
});

describe('the image of an installer', () => {
  const schematic = '0123456789abcdef'.repeat(4);

  it.each<[string, string | undefined, string, string | undefined]>([
    ['ghcr.io/siderolabs/installer:v1.14.1', undefined, 'v1.14.1', undefined],
    ['registry.example:5000/talos/installer:v1.14.1', undefined, 'v1.14.1', undefined],
    [`factory.talos.dev/metal-installer/${schematic}:v1.14.1`, undefined, 'v1.14.1', schematic],
    [`factory.talos.dev/installer/${schematic}:v1.14.1@sha256:ff`, undefined, 'v1.14.1', schematic],
    ['registry.example:5000/installer@sha256:ff', '1.14.2', 'v1.14.2', undefined],
    ['installer:custom', 'v1.15.0-beta.1', 'v1.15.0-beta.1', undefined],
  ])('%s names release and schematic', (text, version, expected, made) => {
    expect(installerImage(text, version)).toMatchObject({
      reference: text,
      version: expected,
      schematic: made,
    });
  });

  it('without a release in its tag needs one from the caller', () => {
    expect(() => installerImage('registry.example:5000/installer', undefined)).toThrow(
      'upgradeNode: version: must be given',
    );
  });
});

describe('boots', () => {
  const id = (bootId: string) => ({ bootId, bootTime: undefined });
  const time = (bootTime: number) => ({ bootId: undefined, bootTime });

  it('are told apart by their ids, or else by their times, which move a little', () => {
    expect(isSameBoot(id('a'), id('a'))).toBe(true);
    expect(isSameBoot(id('a'), id('b'))).toBe(false);
    expect(isSameBoot(time(1000), time(1003))).toBe(true);
    expect(isSameBoot(time(1000), time(1004))).toBe(false);
    expect(isSameBoot(id('a'), time(1000))).toBeUndefined();
    expect(isBlank({ bootId: undefined, bootTime: undefined })).toBe(true);
    expect(isBlank(time(0))).toBe(false);
  });
});
