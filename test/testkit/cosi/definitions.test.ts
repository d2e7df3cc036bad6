import { describe, expect, it } from 'vitest';
import {
  type Definition,
  definitionSpec,
} from '../../../testkit/src/topics/cosi/definitions/definition.js';
import {
  allDefinitions,
  definitionsOf,
} from '../../../testkit/src/topics/cosi/definitions/definitions.js';
import { namespaces } from '../../../testkit/src/topics/cosi/definitions/namespaces.js';

function specOf(type: string) {
  const definition = allDefinitions.find((found) => found.type === type);
  if (definition === undefined) throw new Error(`${type} is not defined`);
  return definitionSpec(definition);
}

/** The types that a name leads to, as talosctl looks for them. */
function resolve(name: string): readonly string[] {
  return allDefinitions
    .map(definitionSpec)
    .filter(({ type, allAliases }) => type.toLowerCase() === name || allAliases.includes(name))
    .map(({ type }) => type);
}

// Talos: ResourceDefinitions; aliases are made from the name of a type.
describe('a resource definition', () => {
  it('names its type by singular, plural, parts of the suffix and capitals', () => {
    expect(specOf('MachineStatuses.runtime.talos.dev')).toMatchObject({
      displayType: 'MachineStatus',
      defaultNamespace: 'runtime',
      aliases: ['machinestatus', 'ms'],
      allAliases: [
        'machinestatuses',
        'machinestatuses.runtime',
        'machinestatuses.runtime.talos',
        'machinestatus',
        'ms',
      ],
    });
  });

  it('has an s after the capitals unless they end in one', () => {
    expect(specOf('NodeAddresses.net.talos.dev').aliases).toEqual(['nodeaddress', 'na', 'nas']);
    expect(specOf('HostnameStatuses.net.talos.dev').aliases).toContain('hs');
    expect(specOf('HostnameStatuses.net.talos.dev').aliases).not.toContain('hss');
  });

  it('has its own names before the derived ones', () => {
    expect(specOf('Services.v1alpha1.talos.dev').aliases).toEqual(['svc', 'service']);
  });

  it('derives no names where it says so', () => {
    expect(specOf('MountStatuses.runtime.talos.dev')).toMatchObject({
      displayType: 'MountStatus',
      allAliases: ['mounts'],
      skipAutomaticAliases: true,
    });
  });

  it('says which columns a table has', () => {
    expect(specOf('MachineStatuses.runtime.talos.dev').printColumns).toEqual([
      { name: 'Stage', jsonPath: '{.stage}' },
      { name: 'Ready', jsonPath: '{.status.ready}' },
    ]);
  });

  it('has the aliases of Talos beside those that are made from the type', () => {
    expect(specOf('SBOMItems.talos.dev').allAliases).toEqual([
      ...['sbomitems', 'sbomitems.talos', 'sbom', 'sboms', 'sbomitem', 'sbomi', 'sbomis'],
    ]);
    // One of these is made from the type once more.
    expect(specOf('OOMActions.talos.dev').aliases).toEqual([
      ...['oomaction', 'oomactions', 'oomaction', 'ooma', 'oomas'],
    ]);
    expect(specOf('DNSResolveCaches.net.talos.dev').displayType).toBe('DNSResolveCach');
  });

  it('says whether only admins may read', () => {
    expect(specOf('MachineConfigs.config.talos.dev').sensitivity).toBe('sensitive');
    expect(specOf('Members.cluster.talos.dev').sensitivity).toBeUndefined();
  });

  it.each([
    ['Statuses', 'Status'],
    ['Addresses', 'Address'],
    ['Identities', 'Identity'],
    ['DNSResolveCaches', 'DNSResolveCach'],
    ['LinkRefreshes', 'LinkRefresh'],
    ['BootIDs', 'BootID'],
    ['Members', 'Member'],
  ])('makes %s one %s', (name, singular) => {
    const definition: Definition = { type: `${name}.test.dev`, namespace: 'runtime' };
    expect(definitionSpec(definition).displayType).toBe(singular);
  });
});

describe('the names of types', () => {
  it.each([
    ['members', 'Members.cluster.talos.dev'],
    ['svc', 'Services.v1alpha1.talos.dev'],
    ['links', 'LinkStatuses.net.talos.dev'],
    ['hostname', 'HostnameStatuses.net.talos.dev'],
    ['mounts', 'MountStatuses.runtime.talos.dev'],
    ['meta', 'MetaKeys.runtime.talos.dev'],
    ['rd', 'ResourceDefinitions.meta.cosi.dev'],
    ['namespaces', 'Namespaces.meta.cosi.dev'],
    ['netstatus', 'NetworkStatuses.net.talos.dev'],
    ['extensions', 'ExtensionStatuses.runtime.talos.dev'],
    ['bootids.runtime', 'BootIDs.runtime.talos.dev'],
  ])('%s leads to %s alone', (name, type) => {
    expect(resolve(name)).toEqual([type]);
  });

  it('may lead to several types', () => {
    expect(resolve('ns')).toEqual([
      'Namespaces.meta.cosi.dev',
      'NodeStatuses.kubernetes.talos.dev',
      'NetworkStatuses.net.talos.dev',
    ]);
  });
});

describe('the types of a release', () => {
  it('are those of the newest one: 195 and the two that describe types', () => {
    expect(definitionsOf('v1.14.0')).toHaveLength(197);
    const types = definitionsOf('v1.14.0').map(({ type }) => type.toLowerCase());
    expect(new Set(types).size).toBe(types.length);
  });

  it.each([
    ['v1.14.0', 'BootIDs.runtime.talos.dev', true],
    ['v1.13.9', 'BootIDs.runtime.talos.dev', false],
    ['v1.13.0', 'APIServiceConfigs.runtime.talos.dev', true],
    ['v1.12.0', 'APIServiceConfigs.runtime.talos.dev', false],
    ['v1.9.0', 'Members.cluster.talos.dev', true],
  ])('%s knows %s: %s', (version, type, known) => {
    expect(definitionsOf(version).some((definition) => definition.type === type)).toBe(known);
  });

  it('are in namespaces that nodes have', () => {
    const unknown = allDefinitions.filter(({ namespace }) => namespaces[namespace] === undefined);
    expect(unknown).toEqual([]);
  });
});
