import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { MachineStatus } from '../../generated/cosi/kinds/runtime.js';
import { resourceDecoder } from '../../src/cosi/decode-resource.js';
import { toYaml } from '../../src/cosi/index.js';
import { TalosConfigError } from '../../src/runtime/errors/config-error.js';
import { wireOf } from './official-specs.js';

function resource(yaml: string, metadata: object = {}) {
  const wire = wireOf({ type: MachineStatus.type, yaml });
  return resourceDecoder(
    { ...MachineStatus, spec: undefined },
    undefined,
  )({
    ...wire,
    metadata: wire.metadata && { ...wire.metadata, ...metadata },
  });
}

describe('toYaml', () => {
  it('prints metadata and spec as talosctl does, keys that the shape lacks as well', () => {
    const yaml = 'stage: running\nstatus:\n    ready: true\n    unmetConditions: []\nnews: 1\n';
    const text = toYaml(
      resource(yaml, {
        owner: 'runtime.MachineStatusController',
        created: { seconds: 1_767_225_600n, nanos: 5 },
        finalizers: ['f'],
        labels: { b: '1', a: '' },
        annotations: { note: 'two\nlines' },
      }),
      { node: '10.5.0.2' },
    );
    expect(text).toBe(
      `node: 10.5.0.2
metadata:
    namespace: any
    type: MachineStatuses.runtime.talos.dev
    id: sample
    version: 1
    owner: runtime.MachineStatusController
    phase: running
    created: 2026-01-01T00:00:00Z
    updated: 1970-01-01T00:00:01Z
    labels:
        a:
        b: 1
    annotations:
        note: |-
            two
            lines
    finalizers:
        - f
spec:
    stage: running
    status:
        ready: true
        unmetConditions: []
    news: 1
`,
    );
  });

  it.each([
    ['{}\n', 'spec: {}\n'],
    ['controlplane\n', 'spec: controlplane\n'],
    ['- a: 1\n  b: 2\n', 'spec:\n    - a: 1\n      b: 2\n'],
    ['a: |\n    x\n\n    y\n', 'spec:\n    a: |\n        x\n\n        y\n'],
    ['|\n    x\n', 'spec: |\n        x\n'],
    ['"10":\n    - 1\n', 'spec:\n    "10":\n        - 1\n'],
  ])('puts %j below its key', (yaml, spec) => {
    const text = toYaml(resource(yaml));
    expect(text.slice(text.indexOf('spec:'))).toBe(spec);
  });

  it.each([
    ['- x', "'- x'"],
    ['a: b', "'a: b'"],
    ['#c', "'#c'"],
    ['true', 'true'],
    ["'q'", "'''q'''"],
    ['\t', '"\\t"'],
  ])('writes the owner %j as %s', (owner, written) => {
    expect(toYaml(resource('{}\n', { owner }))).toContain(`    owner: ${written}\n`);
  });

  it('refuses what did not come from a node', () => {
    const copy = { ...resource('{}\n') };
    expect(() => toYaml(copy)).toThrow(TalosConfigError);
    expect(() => toYaml(undefined as never)).toThrow(/expected what get, list or watch gave/);
    expect(() => toYaml(resource('{}\n'), { nod: 'x' } as object)).toThrow(/did you mean node\?/);
  });
});

it('the text of a node is in no log', () => {
  expect(inspect(resource('a: hidden-text\n'), { showHidden: true })).not.toContain('a: hidden');
});
