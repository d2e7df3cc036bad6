import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DiffOptions,
  diffMachineConfigs,
} from '../../../src/machine-config/compare/diff-machine-configs.js';
import { formatMachineConfig } from '../../../src/machine-config/format-config.js';
import { parseMachineConfig } from '../../../src/machine-config/parse/parse.js';
import { configs } from '../support/arbitrary-configs.js';
import { applyDiff } from './apply-diff.js';

interface Vector {
  readonly Name: string;
  readonly Old: string | null;
  readonly New: string | null;
  readonly Diff: string;
}

const { cases } = JSON.parse(
  readFileSync(new URL('../vectors/diff.json', import.meta.url), 'utf8'),
) as { cases: Vector[] };

const parsed = (text: string | null) => (text === null ? undefined : parseMachineConfig(text));

describe('Talos and the library tell the same differences', () => {
  it.each(cases.map((vector) => [vector.Name, vector] as const))('%s', (_, vector) => {
    const [before, after] = [parsed(vector.Old), parsed(vector.New)];
    const { text } = diffMachineConfigs(before, after, { showSecrets: true });
    expect(text).toBe(vector.Diff);
  });
});

const head = 'apiVersion: v1alpha1\nkind: ';

function diff(before: string | null, after: string | null, options?: DiffOptions) {
  return diffMachineConfigs(parsed(before), parsed(after), options);
}

describe('the changes', () => {
  it('name documents, keys and places in lists', () => {
    const { changes } = diff(
      `machine: {type: worker, sysctls: {a: "1", b: "2"}, certSANs: [a, b, c]}\n---\n${head}LinkConfig\nname: x\nmtu: 1\n---\n${head}LinkConfig\nname: gone\n`,
      `machine: {type: worker, sysctls: {a: "2", c: "3"}, certSANs: [b, c, d]}\n---\n${head}LinkConfig\nname: x\nmtu: 2\nup: false\n---\n${head}HostnameConfig\nhostname: h\n`,
    );
    expect(changes).toEqual([
      { document: 'v1alpha1', change: 'changed', path: ['machine', 'sysctls', 'a'] },
      { document: 'v1alpha1', change: 'removed', path: ['machine', 'sysctls', 'b'] },
      { document: 'v1alpha1', change: 'added', path: ['machine', 'sysctls', 'c'] },
      { document: 'v1alpha1', change: 'removed', path: ['machine', 'certSANs', 0] },
      { document: 'v1alpha1', change: 'added', path: ['machine', 'certSANs', 2] },
      { document: 'LinkConfig/x', change: 'changed', path: ['mtu'] },
      { document: 'LinkConfig/x', change: 'added', path: ['up'] },
      { document: 'LinkConfig/gone', change: 'removed', path: [] },
      { document: 'HostnameConfig', change: 'added', path: [] },
    ]);
  });

  it('go into items of lists that stay in their place', () => {
    const link = (addresses: string) => `${head}LinkConfig\nname: x\naddresses: ${addresses}\n`;
    expect(
      diff(
        link('[{address: 10.0.0.1/24}, {address: 10.0.0.2/24}]'),
        link('[{address: 10.0.0.1/24}, {address: 10.0.0.3/24}, {address: 10.0.0.4/24}]'),
      ).changes,
    ).toEqual([
      { document: 'LinkConfig/x', change: 'changed', path: ['addresses', 1, 'address'] },
      { document: 'LinkConfig/x', change: 'added', path: ['addresses', 2] },
    ]);
  });

  it('are none where only comments, order or spelling differ', () => {
    const { text, changes } = diff(
      `machine: {type: worker} # a comment\n---\n${head}LinkConfig\nname: x\nmtu: 0x10\naddresses: []\n`,
      `machine:\n  type: 'worker'\n---\nname: x\n${head}LinkConfig\nmtu: 16\n`,
    );
    expect(changes).toEqual([]);
    expect(text).toBe('');
  });
});

describe('secrets in a diff', () => {
  const config = (token: string, secret: string) =>
    `machine: {token: ${token}, type: worker}\ncluster: {secret: ${secret}}\n`;

  it('are numbered, so that their change is seen', () => {
    const { text, changes } = diff(config('one', 'two'), config('three', 'two'));
    expect(text).toContain('-    token: <redacted 1>\n+    token: <redacted 3>\n');
    expect(text).toContain('     secret: <redacted 2>\n');
    expect(text).not.toMatch(/one|two|three/);
    expect(changes).toEqual([
      { document: 'v1alpha1', change: 'changed', path: ['machine', 'token'] },
    ]);
  });

  it('are seen to change places', () => {
    const { text } = diff(config('one', 'two'), config('two', 'one'));
    expect(text).toContain('-    token: <redacted 1>\n+    token: <redacted 2>\n');
  });

  it('are shown when that is asked for', () => {
    const { text } = diff(config('one', 'two'), config('three', 'two'), {
      showSecrets: true,
      names: { before: 'old', after: 'new' },
    });
    expect(text).toMatch(/^--- old\n\+\+\+ new\n/);
    expect(text).toContain('-    token: one\n+    token: three\n');
  });
});

it('whoever applies a diff has the other configuration, and no change means no diff', () => {
  fc.assert(
    fc.property(configs(), configs(), (a, b) => {
      const { text, changes } = diffMachineConfigs(a, b, { showSecrets: true });
      expect(applyDiff(formatMachineConfig(a), text)).toBe(formatMachineConfig(b));
      if (text === '') expect(changes).toEqual([]);
      expect(diffMachineConfigs(a, a)).toEqual({ text: '', changes: [] });
    }),
    { numRuns: 200 },
  );
});
