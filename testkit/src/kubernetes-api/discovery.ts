import { kubernetesVersion } from '../topics/kubernetes/versions.js';
import { groupVersionOf, type Resource, resources } from './resources.js';

/** The groups besides the core one. */
const groups = [...new Set(resources.map(({ group }) => group))].filter((group) => group !== '');

/**
 * The document of discovery at a path; absent where there is none. `address` is where the API is
 * reached.
 */
export function discovery(path: string, address: string, talosVersion: string): object | undefined {
  switch (path) {
    case '/version':
      return versionDocument(kubernetesVersion(talosVersion));
    case '/api':
      return {
        kind: 'APIVersions',
        versions: ['v1'],
        serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
      };
    case '/apis':
      return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupDocument) };
    case '/api/v1':
      return resourceList('v1');
    default:
      break;
  }
  const [, group = '', version] = /^\/apis\/([^/]+)(?:\/(v1))?$/.exec(path) ?? [];
  if (!groups.includes(group)) return undefined;
  if (version !== undefined) return resourceList(`${group}/${version}`);
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupDocument(group) };
}

function groupDocument(group: string): object {
  const version = { groupVersion: `${group}/v1`, version: 'v1' };
  return { name: group, versions: [version], preferredVersion: version };
}

function resourceList(groupVersion: string): object {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion,
    resources: resources
      .filter((resource) => groupVersionOf(resource) === groupVersion)
      .flatMap((resource) => [entry(resource), ...(resource.plural === 'pods' ? [evictions] : [])]),
  };
}

function entry({ plural, singular, namespaced, kind, verbs, shortNames }: Resource): object {
  return { name: plural, singularName: singular, namespaced, kind, verbs, shortNames };
}

const evictions = {
  name: 'pods/eviction',
  singularName: '',
  namespaced: true,
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  verbs: ['create'],
};

function versionDocument(gitVersion: string): object {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'go1.26.4',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
}
