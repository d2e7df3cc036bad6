import { describe, expect, it } from 'vitest';
import {
  MachineConfigError,
  type MachineConfigProblem,
  parseMachineConfig,
} from '../../../src/machine-config/index.js';

/** The problems of a text that is to be refused. */
function problemsOf(text: string, options = {}): readonly MachineConfigProblem[] {
  try {
    parseMachineConfig(text, options);
  } catch (error) {
    expect(error).toBeInstanceOf(MachineConfigError);
    return (error as MachineConfigError).problems;
  }
  throw new Error('the text was taken');
}

const head = 'apiVersion: v1alpha1\n';

describe('problems', () => {
  it('are told all at once, each with its place', () => {
    const text = `version: v1alpha1
machine:
  type: worker
  tokn: abc
  certSANs: here
  network:
    interfaces:
      - interface: eth0
        mtu: many
---
${head}kind: BondConfig
name: b0
bondMode: active-bakcup
links: [a]
`;
    expect(problemsOf(text)).toEqual([
      {
        message: 'has no key tokn; did you mean token?',
        document: 'v1alpha1',
        path: 'machine',
        line: 4,
        column: 3,
      },
      {
        message: 'must be a list',
        document: 'v1alpha1',
        path: 'machine.certSANs',
        line: 5,
        column: 13,
      },
      {
        message: 'must be an integer from -9223372036854775808 to 9223372036854775807',
        document: 'v1alpha1',
        path: 'machine.network.interfaces[0].mtu',
        line: 9,
        column: 14,
      },
      {
        message:
          'must be one of balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb, balance-alb (did you mean active-backup?)',
        document: 'BondConfig/b0',
        path: 'bondMode',
        line: 14,
        column: 11,
      },
    ]);
  });

  it('are in the message of the error, with their places', () => {
    const error = new MachineConfigError([
      {
        message: 'must be a list',
        document: 'v1alpha1',
        path: 'machine.certSANs',
        line: 5,
        column: 3,
      },
      { message: 'holds no document' },
    ]);
    expect(error.message).toBe(
      'machine configuration with 2 problems:\n  line 5:3: v1alpha1: machine.certSANs: must be a list\n  holds no document',
    );
    expect(error.code).toBe('machine-config');
  });

  it.each([
    ['a: "b', /is not valid YAML: a ":", a quote, a bracket/],
    ['machine: {type: worker}\n\tx: 1', /is not valid YAML: a tab/],
    ['machine: {type: worker}\nmachine: {}', /has the key machine twice/],
    ['machine: "\\q"', /unknown escape/],
    ['machine: *x', /alias/],
    ['just a text', /must be a map/],
    ['', /holds no document/],
    ['# a comment', /holds no document/],
    ['---\n---\nnull\n', /holds no document/],
    ['a: 1', /has no kind, and is not the v1alpha1 document/],
    ['kind: HostnameConfig\nhostname: a', /has a kind but no apiVersion/],
    ['apiVersion: v2\nkind: HostnameConfig', /another apiVersion/],
    [
      `${head}kind: HostnamConfig`,
      /the kind HostnamConfig is unknown; did you mean HostnameConfig\?/,
    ],
    [`${head}kind: v1alpha1`, /no kind of that name/],
    [
      `${head}kind: HostnameConfig\n---\n${head}kind: HostnameConfig`,
      /HostnameConfig: stands twice/,
    ],
    ['machine: {}\n---\ncluster: {}', /v1alpha1: stands twice/],
    [`${head}kind: OOMConfig\nsampleInterval: 5`, /must be a duration with a unit/],
    [`${head}kind: WireguardConfig\nname: w\npeers: [{allowedIPs: [10.0.0.0/33]}]`, /10.0.0.0\/8/],
    [`${head}kind: HostnameConfig\nhostname: 2026-01-02`, /put the date in quotes/],
    [`${head}kind: HostnameConfig\nhostname: !!int abc`, /has a tag that does not fit it/],
    [`${head}kind: HostnameConfig\n? [a]\n: b`, /has a key that is no text/],
    [`${head}kind: KubeNetworkConfig\nnodeCIDRMaskSizeIPv4: 33`, /an integer from 1 to 32/],
    [`${head}kind: KubeClusterConfig\nendpoint: http://a`, /must be a text that matches \^https:/],
    [
      `${head}kind: NetworkRuleConfig\nname: r\nportSelector: {ports: [1-70000], protocol: tcp}`,
      /a port/,
    ],
  ])('%j is refused', (text, message) => {
    expect(() => parseMachineConfig(text)).toThrow(message);
  });

  it.each([
    ['a token', '22arcz.xrgy8o36579uc8zx'],
    ['base64', 'LgZUeJ6titHi1eH7v9oPSBdNfwjC3d6FkYj'],
    ['words', 'not a key'],
  ])('show no key that looks like %s', (_, key) => {
    const [problem] = problemsOf(`machine: {"${key}": 1}`);
    expect(problem?.message).toBe('has no key (key)');
    const path = problemsOf(`machine: {sysctls: {"${key}": [1]}}`)[0]?.path;
    expect(path).toBe('machine.sysctls.(key)');
  });

  it.each(['docke22arcz.xrgy8o36579uc8zx', 'a.AbCdEfGhIjKlMnOpQrStUvWx1234'])(
    'a name with something in it that looks like a secret is not shown: %s',
    (name) => {
      const text = `apiVersion: v1alpha1\nkind: UserVolumeConfig\nname: ${name}\nno: 1\n`;
      const problem = () => parseMachineConfig(text);
      expect(problem).toThrow('UserVolumeConfig/(key)');
      expect(problem).not.toThrow(name);
    },
  );

  it('are no more than a thousand', () => {
    const text = `machine:\n${Array.from({ length: 3000 }, (_, n) => `  wrong${n}: 1`).join('\n')}`;
    expect(problemsOf(text).length).toBe(1000);
  });
});

describe('releases', () => {
  it('what an older release does not know is a problem when it is to read', () => {
    const text = `${head}kind: BondConfig\nname: b\nlinks: [a]\n---\nmachine: {kubelet: {}}`;
    expect(problemsOf(text, { talos: 'v1.11.2' }).map(({ message }) => message)).toEqual([
      'the kind BondConfig came with Talos 1.12; Talos 1.11 does not know it',
    ]);
    expect(parseMachineConfig(text, { talos: '1.12' }).documents.length).toBe(2);
  });

  it('fields come and go as well', () => {
    const mount = `${head}kind: UserVolumeConfig\nname: e\nmount: {secure: true}`;
    expect(() => parseMachineConfig(mount, { talos: '1.12' })).toThrow(
      /mount: came with Talos 1.13/,
    );
    expect(parseMachineConfig(mount).documents.length).toBe(1);
  });

  it.each(['1.8', 'latest', '', 'v2'])('%j is no release that can be named', (talos) => {
    expect(() => parseMachineConfig('machine: {}', { talos })).toThrow(/the option talos/);
  });

  it('a release that is newer than the library is taken for the newest', () => {
    expect(parseMachineConfig('machine: {}', { talos: 'v1.99.0' }).documents.length).toBe(1);
  });
});
