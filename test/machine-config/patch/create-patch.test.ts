import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityOf, type MachineConfig } from '../../../src/machine-config/document.js';
import { MachineConfigError } from '../../../src/machine-config/error.js';
import { formatDocument } from '../../../src/machine-config/format/format.js';
import {
  createMachineConfig,
  parseMachineConfig,
} from '../../../src/machine-config/parse/parse.js';
import { createPatch } from '../../../src/machine-config/patch/create-patch.js';
import { patchMachineConfig } from '../../../src/machine-config/patch/patch-machine-config.js';
import { kinds } from '../../../src/machine-config/structure/structure.js';
import { configs } from '../support/arbitrary-configs.js';
import { someFields } from '../support/arbitrary-values.js';

/** The documents as Talos writes them, in an order of their own. */
function written({ documents }: MachineConfig): string[] {
  return documents.map((document) => `${identityOf(document)}\n${formatDocument(document)}`).sort();
}

function lead(before: string, after: string): string[] {
  const [original, modified] = [parseMachineConfig(before), parseMachineConfig(after)];
  const patches = createPatch(original, modified);
  expect(written(patchMachineConfig(original, patches))).toEqual(written(modified));
  return patches;
}

const head = 'apiVersion: v1alpha1\nkind: ';

describe('a made patch', () => {
  it('is none for configurations that Talos reads alike', () => {
    expect(lead('machine: {certSANs: []}\n', 'machine: {type: ""}\n')).toEqual([]);
  });

  it('sets what is new and what is another value', () => {
    expect(
      lead(
        'machine: {type: worker, sysctls: {a: "1", b: "2"}}\n',
        'machine: {type: worker, sysctls: {a: "1", b: "3", c: ""}}\ncluster: {clusterName: x}\n',
      ),
    ).toEqual([
      'machine:\n    sysctls:\n        b: "3"\n        c: ""\ncluster:\n    clusterName: x\n',
    ]);
  });

  it('deletes what is gone, and what no merge can change', () => {
    expect(
      lead(
        'machine: {type: worker, sysctls: {a: "1", b: "2"}, certSANs: [a, b]}\ncluster: {clusterName: x}\n',
        'machine: {type: worker, sysctls: {a: ""}, certSANs: [b]}\ncluster: {}\n',
      ),
    ).toEqual([
      'machine:\n    certSANs:\n        $patch: delete\n' +
        '    sysctls:\n        a:\n            $patch: delete\n        b:\n            $patch: delete\n' +
        'cluster:\n    clusterName:\n        $patch: delete\n',
      'machine:\n    certSANs:\n        - b\n    sysctls:\n        a: ""\n',
    ]);
  });

  it('only tells what is new of lists that grow', () => {
    expect(lead('machine: {certSANs: [a]}\n', 'machine: {certSANs: [a, b]}\n')).toEqual([
      'machine:\n    certSANs:\n        - b\n',
    ]);
  });

  it('changes items of lists with keys in place', () => {
    expect(
      lead(
        'machine: {network: {interfaces: [{interface: a, mtu: 1}, {interface: b}]}}\n',
        'machine: {network: {interfaces: [{interface: a, mtu: 2}, {interface: b, dhcp: true}, {interface: c}]}}\n',
      ),
    ).toEqual([
      'machine:\n    network:\n        interfaces:\n' +
        '            - interface: a\n              mtu: 2\n' +
        '            - interface: b\n              dhcp: true\n' +
        '            - interface: c\n',
    ]);
  });

  it('sets an explicit zero where Talos tells it from absent', () => {
    expect(
      lead(
        `${head}BondConfig\nname: b\nmiimon: 100\nmtu: 9000\n`,
        `${head}BondConfig\nname: b\nmiimon: 0\nmtu: 0\n`,
      ),
    ).toEqual([
      `${head}BondConfig\nname: b\nmtu:\n    $patch: delete\n`,
      `${head}BondConfig\nname: b\nmiimon: 0\n`,
    ]);
  });

  it('brings and takes documents', () => {
    expect(
      lead(
        `${head}LinkConfig\nname: a\n---\n${head}LinkConfig\nname: b\n`,
        `${head}LinkConfig\nname: b\n---\n${head}HostnameConfig\nhostname: h\n`,
      ),
    ).toEqual([
      `${head}LinkConfig\nname: a\n$patch: delete\n`,
      `${head}HostnameConfig\nhostname: h\n`,
    ]);
  });

  it('changes the version alone', () => {
    expect(lead('machine: {}\n', 'version: v1alpha1\nmachine: {}\n')).toEqual([
      'version: v1alpha1\nmachine: null\n',
    ]);
  });

  it('replaces a document where two items of a list with keys have the same key', () => {
    const files = (list: string) =>
      `${head}ExtensionServiceConfig\nname: e\nconfigFiles: ${list}\n`;
    expect(
      lead(
        files('[{content: x, mountPath: /a}]'),
        files('[{content: x, mountPath: /a}, {content: y, mountPath: /a}]'),
      ),
    ).toEqual([
      `${head}ExtensionServiceConfig\nname: e\n$patch: delete\n`,
      `${head}ExtensionServiceConfig\nname: e\nconfigFiles:\n    - content: x\n      mountPath: /a\n    - content: "y"\n      mountPath: /a\n`.replace(
        '"y"',
        "'y'",
      ),
    ]);
  });

  it('replaces what holds a key that reads as a place in a list', () => {
    const sysctls = (keys: string) => `machine: {sysctls: {${keys}}}\n`;
    lead(sysctls('"[0]": "1", "": "2", a: "3"'), sysctls('a: "3"'));
    lead(sysctls('"[0]": "1"'), sysctls('"[0]": ""'));
  });

  it.each([
    [
      'the v1alpha1 document is gone',
      `machine: {}\n---\n${head}HostnameConfig\n`,
      `${head}HostnameConfig\n`,
      'v1alpha1: no patch deletes the document',
    ],
    [
      'a value reads as a deletion',
      'machine: {}\n',
      'machine: {kubelet: {extraConfig: {a: {$patch: delete}}}}\n',
      'no patch leads from one configuration to the other',
    ],
  ])('is refused when %s', (_, before, after, message) => {
    expect(() => createPatch(parseMachineConfig(before), parseMachineConfig(after))).toThrow(
      message,
    );
  });
});

describe('patching with the made patch leads to the goal', () => {
  const isOld = (config: MachineConfig) => config.v1alpha1 !== undefined;

  function check(original: MachineConfig, modified: MachineConfig): void {
    if (isOld(original) && !isOld(modified)) {
      expect(() => createPatch(original, modified)).toThrow(MachineConfigError);
      return;
    }
    const patches = createPatch(original, modified);
    expect(written(patchMachineConfig(original, patches))).toEqual(written(modified));
    if (patches.length === 0) expect(written(original)).toEqual(written(modified));
  }

  it('from any configuration to any other', () => {
    const pairs = fc.nat().chain((seed) => {
      const some = configs({ allows: someFields(seed) });
      return fc.tuple(some, some);
    });
    fc.assert(
      fc.property(pairs, ([a, b]) => check(a, b)),
      { numRuns: 200 },
    );
  });

  it('between configurations of the same few kinds', () => {
    const pairs = fc
      .tuple(fc.nat(), fc.subarray([...kinds()], { minLength: 1, maxLength: 2 }))
      .chain(([seed, known]) => {
        const some = configs({ allows: someFields(seed) }, known);
        return fc.tuple(some, some);
      });
    fc.assert(
      fc.property(pairs, ([a, b]) => check(a, b)),
      { numRuns: 500 },
    );
  });

  it('between v1alpha1 documents', () => {
    const known = kinds().filter(({ kind }) => kind === 'v1alpha1');
    const pairs = fc.nat().chain((seed) => {
      const some = configs({ allows: someFields(seed) }, known);
      return fc.tuple(some, some);
    });
    fc.assert(
      fc.property(pairs, ([a, b]) => check(a, b)),
      { numRuns: 500 },
    );
  });

  it('from a configuration to itself there is nothing to do', () => {
    fc.assert(
      fc.property(configs(), (config) => {
        expect(createPatch(config, createMachineConfig(config.documents))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});
