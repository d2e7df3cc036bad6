import { describe, expect, it } from 'vitest';
import {
  parseReference,
  pinnedText,
  referenceText,
} from '../../../testkit/src/topics/images/reference.js';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

// containerd: references of images, as Docker writes them.
describe('the reference of an image', () => {
  it.each([
    ['alpine', 'docker.io/library/alpine:latest'],
    ['alpine:3', 'docker.io/library/alpine:3'],
    ['grafana/loki:3.0', 'docker.io/grafana/loki:3.0'],
    ['localhost/app', 'localhost/app:latest'],
    ['registry:5000/app:v1', 'registry:5000/app:v1'],
    ['ghcr.io/siderolabs/installer:v1.14.0', 'ghcr.io/siderolabs/installer:v1.14.0'],
    [`ghcr.io/siderolabs/installer@${digest}`, `ghcr.io/siderolabs/installer@${digest}`],
    [`ghcr.io/siderolabs/installer:v1@${digest}`, `ghcr.io/siderolabs/installer@${digest}`],
    ['quay.io/a__b/c-d.e:1_2-3.4', 'quay.io/a__b/c-d.e:1_2-3.4'],
  ])('%s is in full %s', (text, full) => {
    expect(referenceText(parseReference(text))).toBe(full);
  });

  it.each([
    ['', 'invalid reference format'],
    ['alpine:', 'invalid reference format'],
    ['-alpine', 'invalid reference format'],
    ['ghcr.io//app', 'invalid reference format'],
    ['alpine@sha256:123', 'invalid reference format'],
    ['alpine latest', 'invalid reference format'],
    ['ghcr.io/Sidero/app', 'repository name must be lowercase'],
    ['bad_host.io:x/app', 'invalid reference format'],
  ])('%j is none', (text, reason) => {
    expect(() => parseReference(text)).toThrow(
      new Error(`failed to parse image reference ${JSON.stringify(text)}: ${reason}`),
    );
  });

  it('is pinned by a digest in the place of its tag', () => {
    expect(pinnedText(parseReference('alpine:3'), digest)).toBe(
      `docker.io/library/alpine@${digest}`,
    );
  });
});
