import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type MachineConfig,
  MachineConfigError,
  type MachineConfigPatch,
  parseMachineConfig,
  patchMachineConfig,
} from '../../../src/machine-config/index.js';
import { configs } from '../support/arbitrary-configs.js';

const head = 'apiVersion: v1alpha1\nkind: ';

const text = `# above
version: v1alpha1 # beside
machine:
  type: worker # kept
  certSANs: [a]
---
# of the link
${head}LinkConfig
name: eno1
mtu: 9000
---
${head}HostnameConfig
hostname: h
`;

const config = parseMachineConfig(text);

function problems(patches: readonly unknown[], of: MachineConfig = config): string[] {
  try {
    patchMachineConfig(of, patches as MachineConfigPatch[]);
  } catch (error) {
    if (error instanceof MachineConfigError) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}

describe('an empty patch', () => {
  it.each<[string, MachineConfigPatch[]]>([
    ['no patches', []],
    ['an empty text', ['']],
    ['comments', ['# nothing\n']],
    ['null', ['null\n---\n~\n']],
    ['no operations', ['[]']],
    ['an empty mapping', ['{}']],
    ['an empty object', [{}]],
    ['an empty list', [[]]],
    ['a value that is there already', [{ machine: { type: 'worker' } }]],
    ['lists and maps without anything in them', ['machine: {certSANs: [], sysctls: null}']],
    [
      'a deletion of a document that is not there',
      [`${head}LinkConfig\nname: none\n$patch: delete\n`],
    ],
  ])('changes nothing, not even comments: %s', (_, patches) => {
    expect(String(patchMachineConfig(config, patches))).toBe(text);
  });

  it('changes nothing of any configuration', () => {
    fc.assert(
      fc.property(configs(), (any) => {
        expect(patchMachineConfig(any, ['', '{}', '[]', []])).toBe(any);
        const again = patchMachineConfig(any, [any.documents[0] as never]);
        expect(again.documents.length).toBe(any.documents.length);
      }),
      { numRuns: 100 },
    );
  });
});

describe('patches', () => {
  it('leave the text of documents that they do not change', () => {
    const patched = String(
      patchMachineConfig(config, [
        { apiVersion: 'v1alpha1', kind: 'HostnameConfig', hostname: 'i' },
      ]),
    );
    expect(patched).toContain('# above\nversion: v1alpha1 # beside');
    expect(patched).toContain('# of the link');
    expect(patched).toContain('hostname: i');
    expect(patched).not.toContain('hostname: h');
  });

  it('leave the configuration as it was', () => {
    const patched = patchMachineConfig(config, [
      { machine: { type: 'controlplane', certSANs: ['b'] } },
      `${head}LinkConfig\nname: eno1\n$patch: delete\n`,
    ]);
    expect(patched.v1alpha1?.machine).toEqual({ type: 'controlplane', certSANs: ['a', 'b'] });
    expect(patched.get('LinkConfig')).toBeUndefined();
    expect(String(config)).toBe(text);
    expect(config.v1alpha1?.machine?.certSANs).toEqual(['a']);
  });

  it('are applied in their order', () => {
    const patched = patchMachineConfig(config, [
      { machine: { certSANs: ['b'] } },
      { machine: { certSANs: { $patch: 'delete' } } },
      'machine: {certSANs: [c]}\n',
    ]);
    expect(patched.v1alpha1?.machine?.certSANs).toEqual(['c']);
  });

  it('as objects are not kept: changing them later changes nothing', () => {
    const certSANs = ['b'];
    const patched = patchMachineConfig(config, [{ machine: { certSANs } }]);
    certSANs.push('c');
    expect(patched.v1alpha1?.machine?.certSANs).toEqual(['a', 'b']);
  });

  it('bring documents, the v1alpha1 one to the front', () => {
    const link = parseMachineConfig(`${head}LinkConfig\nname: a\n`);
    const patched = patchMachineConfig(link, [
      { apiVersion: 'v1alpha1', kind: 'LinkConfig', name: 'b' },
      { machine: { type: 'worker' } },
    ]);
    expect(patched.documents.map((document) => (document as { name?: string }).name)).toEqual([
      undefined,
      'a',
      'b',
    ]);
  });

  it('delete in the v1alpha1 document before they merge into it, wherever the deletion stands', () => {
    const patched = patchMachineConfig(config, [
      'machine: {certSANs: [z]}\n---\nmachine: {certSANs: {$patch: delete}}\n',
    ]);
    expect(patched.v1alpha1?.machine?.certSANs).toEqual(['z']);
  });

  it('delete and merge other documents as they stand', () => {
    const link = (rest: string) => `${head}LinkConfig\nname: eno1\n${rest}\n`;
    const patched = patchMachineConfig(config, [
      `${link('addresses: [{address: 10.0.0.1/24}]')}---\n${link('addresses: {$patch: delete}')}---\n${link('up: true')}`,
    ]);
    expect(patched.get('LinkConfig', 'eno1')).toEqual({
      apiVersion: 'v1alpha1',
      kind: 'LinkConfig',
      name: 'eno1',
      mtu: 9000,
      up: true,
    });
  });

  it('in JSON find what Talos always writes, once a patch has merged', () => {
    const one = parseMachineConfig('machine: {type: worker}\n');
    const operation = { op: 'add', path: '/machine/certSANs/-', value: 'a' };
    expect(problems([[operation]], one)).toEqual([
      'failure applying rfc6902 patches to talos machine config: add operation does not apply: ' +
        'doc is missing path: "/machine/certSANs/-": missing value',
    ]);
    const patched = patchMachineConfig(one, [{ machine: { nodeLabels: { a: 'b' } } }, [operation]]);
    expect(patched.v1alpha1?.machine?.certSANs).toEqual(['a']);
  });

  it('in JSON find what stands in the text, a null too', () => {
    const withNull = parseMachineConfig('# kept\nmachine: {type: worker}\ncluster: null\n');
    const patched = patchMachineConfig(withNull, [
      [
        { op: 'test', path: '/cluster', value: null },
        { op: 'remove', path: '/cluster' },
        { op: 'add', path: '/debug', value: true },
      ],
    ]);
    expect(patched.documents).toEqual([{ machine: { type: 'worker' }, debug: true }]);
    expect(
      String(patchMachineConfig(withNull, [[{ op: 'test', path: '/cluster', value: null }]])),
    ).toBe('# kept\nmachine: {type: worker}\ncluster: null\n');
  });

  it('in JSON are read one after the other before the result is judged', () => {
    const one = parseMachineConfig('machine: {type: worker}\n');
    const patched = patchMachineConfig(one, [
      [{ op: 'add', path: '/cluster', value: 'text' }],
      [{ op: 'replace', path: '/cluster', value: { clusterName: 'x' } }],
    ]);
    expect(patched.v1alpha1?.cluster?.clusterName).toBe('x');
  });

  it('in JSON give values of the right types', () => {
    const one = parseMachineConfig('machine: {sysctls: {a: "1"}}\n');
    const patched = patchMachineConfig(one, [
      '[{"op": "add", "path": "/machine/sysctls/b", "value": 2}]',
    ]);
    expect(patched.v1alpha1?.machine?.sysctls).toEqual({ a: '1', b: '2' });
  });

  it('in JSON that are written with tabs and escapes are read', () => {
    const one = parseMachineConfig('machine: {}\n');
    const patched = patchMachineConfig(one, [
      '[\n\t{"op":\t"add",\n\t"path": "\\/machine\\/type", "value": "\\u0077orker"}\n]\n',
    ]);
    expect(patched.v1alpha1?.machine?.type).toBe('worker');
  });
});

describe('a patch is refused', () => {
  const one = parseMachineConfig('machine: {type: worker}\n');

  it.each<[string, unknown, string | RegExp]>([
    ['that is a number', 5, 'a patch is a text, an object or a list'],
    ['that is null', null, 'a patch is a text, an object or a list'],
    [
      'that says nothing but what it is',
      'version: v1alpha1\n',
      'config not found: the patch has nothing but a kind and a name',
    ],
    ['that is a word', 'word', 'expected a YAML document at line 1'],
    ['that is no YAML', 'machine: {', /^is not valid YAML/],
    ['with operations that are no mappings', '[1, 2]', 'must be a map'],
    [
      'with a wrong type',
      'machine: {certSANs: x}',
      'error decoding document /v1alpha1/ (line 1): error decoding  to *v1alpha1.Config: yaml: construct errors: line 1: cannot construct !!str into []string',
    ],
    [
      'with a wrong word',
      `${head}BondConfig\nname: b\nbondMode: fast\n`,
      /^error decoding document v1alpha1\/BondConfig\/b \(line 1\): bondMode: must be one of balance-rr/,
    ],
    [
      'as an object with an unknown key',
      { machine: { nope: 'x' } },
      /unknown keys found during decoding:\nmachine:\n {4}nope: \(hidden\)\n$/,
    ],
    [
      'as an object that holds itself',
      (() => {
        const self: Record<string, unknown> = {};
        self.machine = self;
        return self;
      })(),
      'holds itself',
    ],
    ['as an object with functions', { machine: { type: () => 'worker' } }, /no data/],
  ])('%s', (_, patch, message) => {
    const [first] = problems([patch], one);
    if (typeof message === 'string') expect(first).toBe(message);
    else expect(first).toMatch(message);
  });

  it('with the line and the nearest key beside the words of talosctl', () => {
    const patch =
      'machine:\n  certSANs: [a]\n  typ: secret-value\n  network:\n    interfaces:\n      - interface: a\n        mtuu: 5\n';
    try {
      patchMachineConfig(one, [patch]);
    } catch (error) {
      expect(String(error)).not.toContain('secret-value');
      expect((error as MachineConfigError).problems).toEqual([
        {
          message:
            'error decoding document /v1alpha1/ (line 1): unknown keys found during decoding:\nmachine:\n    network:\n        interfaces:\n            - mtuu: 5\n    typ: (hidden)\n',
          line: 1,
        },
        {
          message: 'has no key typ; did you mean type?',
          document: 'v1alpha1',
          path: 'machine',
          line: 3,
          column: 3,
        },
        {
          message: 'has no key mtuu; did you mean mtu?',
          document: 'v1alpha1',
          path: 'machine.network.interfaces[0]',
          line: 7,
          column: 9,
        },
      ]);
      return;
    }
    expect.unreachable();
  });

  it('by its number when there are several, before any is applied', () => {
    expect(problems([{ machine: { type: 'worker' } }, 'word'], one)).toEqual([
      'patch 2: expected a YAML document at line 1',
      expect.stringMatching(/^patch 2: /),
    ]);
  });

  it('when two documents exclude each other afterwards', () => {
    expect(problems([`${head}BondConfig\nname: eno1\n`])).toEqual([
      expect.stringContaining('excludes LinkConfig/eno1'),
    ]);
  });

  it('when it merges into what a JSON patch left unreadable', () => {
    expect(
      problems(
        [[{ op: 'add', path: '/machine/nope', value: 1 }], { machine: { type: 'worker' } }],
        one,
      )[0],
    ).toBe(
      'patch 2: error decoding document /v1alpha1/ (line 1): unknown keys found during decoding:\nmachine:\n    nope: 1\n',
    );
  });

  it('when a JSON patch puts a value where another kind is due', () => {
    expect(problems([[{ op: 'add', path: '/cluster', value: 'text' }]], one)[0]).toBe(
      'error decoding document /v1alpha1/ (line 1): error decoding  to *v1alpha1.Config: ' +
        'yaml: construct errors: line 1: cannot construct !!str into V1Alpha1ClusterConfig',
    );
  });

  it('of a release that does not know what it says', () => {
    const patches = [`${head}LinkConfig\nname: a\n`];
    expect(() => patchMachineConfig(one, patches, { talos: 'v1.11.0' })).toThrow(
      'came with Talos 1.12',
    );
    expect(patchMachineConfig(one, patches, { talos: 'v1.12' }).all('LinkConfig')).toHaveLength(1);
  });

  it('where the arguments are no configuration and no list', () => {
    expect(() => patchMachineConfig('text' as never, [])).toThrow('must be parsed first');
    expect(() => patchMachineConfig(config, 'machine: {}' as never)).toThrow(
      'must be a list of patches',
    );
  });
});

describe('hostile patches end', () => {
  const many = (count: number, item: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => item(index)).join('');
  const one = parseMachineConfig('machine: {sysctls: {a: "1"}, certSANs: [a]}\n');

  it.each<[string, string]>([
    ['too long', `machine: {sysctls: {a: "${'x'.repeat(5_000_000)}"}}`],
    ['too deep', `machine: ${'{a: '.repeat(10_000)}1${'}'.repeat(10_000)}`],
    [
      'a bomb of aliases',
      `a: &a [x, x]\n${many(40, (index) => `b${index}: &b${index} [*${index === 0 ? 'a' : `b${index - 1}`}, *${index === 0 ? 'a' : `b${index - 1}`}]\n`)}machine: {}`,
    ],
    [
      'thousands of deletions',
      `machine:\n  sysctls:\n${many(10_001, (index) => `    k${index}: {$patch: delete}\n`)}`,
    ],
    ['deep lists as JSON', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    [
      'copies of copies',
      `[${many(60, () => '{"op":"copy","from":"/machine","path":"/machine/x"},')}{"op":"test","path":"","value":1}]`,
    ],
    [
      'operations without end',
      `[${many(5000, () => '{"op":"add","path":"/machine/certSANs/0","value":1},')}{"op":"x"}]`,
    ],
    ['keys without end', `machine:\n${many(5000, (index) => `  k${index}: 1\n`)}`],
    ['documents without end', many(2000, (index) => `---\n${head}Nope${index}\n`)],
  ])('%s', (_, patch) => {
    expect(problems([patch], one).length).toBeGreaterThan(0);
  });

  it('whatever is changed in a patch, it applies or is refused', () => {
    const seeds = [
      'machine: {sysctls: {b: "2", a: {$patch: delete}}, certSANs: [b]}\n---\napiVersion: v1alpha1\nkind: LinkConfig\nname: x\nmtu: 5\n',
      '[{"op":"add","path":"/machine/certSANs/-","value":{"a":[1,null]}},{"op":"test","path":"/machine/type","value":null}]',
      '- {op: replace, path: /machine/sysctls, value: &x {a: "1"}}\n- {op: move, from: /machine/certSANs/0, path: /machine/type}\n',
    ];
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ':',
      ' ',
      '\n',
      '---\n',
      '- ',
      '&x',
      '*x',
      '$patch',
      'delete',
      '"',
      "'",
      '#',
      '0',
      'null',
      '__proto__',
      '<<',
      '\t',
      '|',
      '!!',
      '?',
      '/',
      '~1',
      '-1',
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 4 }), fc.constantFrom(...pieces)), {
          minLength: 1,
          maxLength: 4,
        }),
        (seed, edits) => {
          let patch = seed;
          for (const [at, length, piece] of edits) {
            const place = at % (patch.length + 1);
            patch = patch.slice(0, place) + piece + patch.slice(place + length);
          }
          problems([patch], one);
          expect(String(one)).toBe('machine: {sysctls: {a: "1"}, certSANs: [a]}\n');
        },
      ),
      { numRuns: 1000 },
    );
  });
});
