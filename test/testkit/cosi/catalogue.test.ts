import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { resources as resourcesOf } from '../../../generated/features/resources.js';
import { decodeMemberSpec } from '../../../generated/messages/definitions/cluster.js';
import {
  decodeMachineConfigSpec,
  decodeMachineTypeSpec,
} from '../../../generated/messages/definitions/config.js';
import { decodeResourceDefinitionSpec } from '../../../generated/messages/definitions/meta.js';
import {
  decodeAddressStatusSpec,
  decodeLinkStatusSpec,
} from '../../../generated/messages/definitions/network.js';
import {
  decodeAPICertsSpec,
  decodeOSRootSpec,
} from '../../../generated/messages/definitions/secrets.js';
import { fromBytes } from '../../../src/runtime/codec.js';
import { Reader, readTag, skipField } from '../../../src/runtime/protobuf/reader.js';
import { type SimulatedCluster, simulateCluster } from '../../../testkit/src/cluster/cluster.js';
import { allDefinitions } from '../../../testkit/src/topics/cosi/definitions/definitions.js';
import { codecs } from '../../codec/support/codecs.js';
import { messageNames } from './message-names.js';

/** A resource as a client gets it. */
interface Found {
  readonly type: string;
  readonly id: string;
  readonly owner: string;
  readonly yaml: unknown;
  readonly proto: Uint8Array;
}

/** All resources of a node that are not about types. */
async function read(cluster: SimulatedCluster, address: string): Promise<readonly Found[]> {
  const client = resourcesOf(cluster.client().node(address));
  const found: Found[] = [];
  for (const { type, namespace } of allDefinitions) {
    if (namespace === 'meta') continue;
    for await (const { resource } of client.list({ namespace, type })) {
      const { metadata, spec } = resource ?? {};
      if (metadata === undefined || spec === undefined) throw new Error(`${type} is not whole`);
      const { id, owner } = metadata;
      found.push({ type, id, owner, yaml: parse(spec.yamlSpec), proto: spec.protoSpec });
    }
  }
  return found;
}

let cluster: SimulatedCluster;
let controlPlane: readonly Found[];
let worker: readonly Found[];

beforeAll(async () => {
  cluster = await simulateCluster({ controlPlanes: 1, workers: 1 });
  controlPlane = await read(cluster, '10.5.0.2');
  worker = await read(cluster, '10.5.0.3');
});

afterAll(() => cluster.close());

function get(type: string, id: string, from = controlPlane): Found {
  const found = from.find((resource) => resource.type.startsWith(`${type}.`) && resource.id === id);
  if (found === undefined) throw new Error(`there is no ${type} ${id}`);
  return found;
}

// Talos: the resources that its controllers write, in YAML and in protobuf.
describe('the catalogue of a node', () => {
  it('has resources of many types', () => {
    expect(new Set(controlPlane.map(({ type }) => type)).size).toBeGreaterThanOrEqual(70);
    expect(new Set(worker.map(({ type }) => type)).size).toBeGreaterThanOrEqual(60);
  });

  it('has each field of a spec in YAML and in protobuf', () => {
    for (const resource of [...controlPlane, ...worker]) {
      const name = messageNames[resource.type];
      expect(name, resource.type).toBeDefined();
      const decode = codecs.get(name as string)?.decode;
      if (decode === undefined) throw new Error(`there is no message ${name}`);
      // Reads well, and has no fewer fields than the YAML.
      fromBytes(decode, resource.proto);
      if (isObject(resource.yaml) && !unstructured.has(resource.type)) {
        expect(
          fieldsOf(resource.proto).size,
          `${resource.type} ${resource.id}`,
        ).toBeGreaterThanOrEqual(filled(resource.yaml).length);
      }
    }
  });

  it('has the same ids and numbers each time it is made from the same seed', async () => {
    await using again = await simulateCluster({ controlPlanes: 1, workers: 1 });
    const secrets = /Secrets|ApiCertificates|MachineConfigs/;
    const known = ({ type }: Found) => !secrets.test(type);
    const clock = /StaticPodStatuses|Stats/;
    const still = ({ type }: Found) => known({ type } as Found) && !clock.test(type);
    expect((await read(again, '10.5.0.2')).filter(still)).toEqual(controlPlane.filter(still));
  });
});

/** Types whose whole spec is one field in protobuf. */
const unstructured: ReadonlySet<string> = new Set([
  'StaticPods.kubernetes.talos.dev',
  'StaticPodStatuses.kubernetes.talos.dev',
]);

/** Values that are the first of their enum, and so nothing in protobuf. */
const zeroNames: ReadonlySet<unknown> = new Set([
  'global',
  'none',
  'partition',
  'disabled',
  'v1',
  'unknown',
  'live',
  'default',
]);

/** The fields that say something. */
function filled(object: Record<string, unknown>): readonly string[] {
  return Object.entries(object)
    .filter(([, value]) => {
      if (value === undefined || value === null || value === '') return false;
      if (value === 0 || value === false || zeroNames.has(value)) return false;
      return typeof value !== 'object' || Object.keys(value).length > 0;
    })
    .map(([key]) => key);
}

/** The numbers of the fields of a message. */
function fieldsOf(bytes: Uint8Array): ReadonlySet<number> {
  const reader = new Reader(bytes);
  const fields = new Set<number>();
  while (reader.pos < reader.end) {
    const tag = readTag(reader);
    fields.add(tag >>> 3);
    skipField(reader, tag);
  }
  return fields;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

describe('what a control plane shows', () => {
  it('members of the cluster, the same on each node', () => {
    expect(get('Members', 'cp-1').yaml).toEqual({
      nodeId: expect.stringMatching(/^[0-9A-Za-z]{44}$/),
      addresses: ['10.5.0.2'],
      hostname: 'cp-1',
      machineType: 'controlplane',
      operatingSystem: 'Talos (v1.14.0)',
      controlPlane: { port: 6443 },
    });
    expect(get('Members', 'worker-1').yaml).not.toHaveProperty('controlPlane');
    expect(get('Members', 'worker-1')).toEqual(get('Members', 'worker-1', worker));
    expect(fromBytes(decodeMemberSpec, get('Members', 'cp-1').proto)).toMatchObject({
      hostname: 'cp-1',
      addresses: [{ ip: Buffer.from([10, 5, 0, 2]) }],
      machineType: 'TYPE_CONTROL_PLANE',
      controlPlane: { apiServerPort: 6443n },
    });
  });

  it('its identity, which leads to its affiliate', () => {
    const { nodeId } = get('Identities', 'local').yaml as { nodeId: string };
    expect(get('Affiliates', nodeId).yaml).toMatchObject({ hostname: 'cp-1', nodename: 'cp-1' });
  });

  it('its type as a bare word', () => {
    const { yaml, proto } = get('MachineTypes', 'machine-type');
    expect(yaml).toBe('controlplane');
    expect(fromBytes(decodeMachineTypeSpec, proto).machineType).toBe('CONTROL_PLANE');
  });

  it('its stage, release and boot', () => {
    const [machine] = cluster.machines;
    expect(get('MachineStatuses', 'machine').yaml).toEqual({
      stage: 'running',
      status: { ready: true, unmetConditions: [] },
    });
    expect(get('Versions', 'version').yaml).toEqual({ name: 'Talos', version: 'v1.14.0' });
    expect(get('BootIDs', 'boot-id').yaml).toEqual({ bootID: machine?.bootId });
  });

  it('links with their addresses and routes', () => {
    expect(get('LinkStatuses', 'eth0').yaml).toMatchObject({
      type: 'ether',
      hardwareAddr: '02:00:0a:05:00:02',
      operationalState: 'up',
      linkState: true,
    });
    expect(fromBytes(decodeLinkStatusSpec, get('LinkStatuses', 'eth0').proto)).toMatchObject({
      type: 'LINK_ETHER',
      // Up, broadcast, running, multicast and lower up.
      flags: 0x11043,
      hardwareAddr: Buffer.from('02000a050002', 'hex'),
      operationalState: 'OPER_STATE_UP',
    });
    expect(
      fromBytes(decodeAddressStatusSpec, get('AddressStatuses', 'eth0/10.5.0.2/16').proto),
    ).toMatchObject({ linkName: 'eth0', family: 'FAMILY_INET4', flags: 0x80 });
    expect(get('RouteStatuses', 'inet4/10.5.0.1//1024').yaml).toMatchObject({
      gateway: '10.5.0.1',
      outLinkName: 'eth0',
    });
  });

  it('addresses by purpose', () => {
    expect(get('NodeAddresses', 'default').yaml).toMatchObject({ addresses: ['10.5.0.2/16'] });
    expect(get('NodeAddresses', 'current-only-k8s').yaml).toMatchObject({
      addresses: ['10.244.0.1/24'],
    });
  });

  it('disks, what is on them and the volumes made of that', () => {
    expect(get('SystemDisks', 'system-disk').yaml).toEqual({ diskID: 'sda', devPath: '/dev/sda' });
    const ephemeral = get('VolumeStatuses', 'EPHEMERAL').yaml as {
      readonly location: string;
      readonly size: number;
      readonly uuid: string;
    };
    expect(ephemeral).toMatchObject({ phase: 'ready', filesystem: 'xfs' });
    const device = ephemeral.location.replace('/dev/', '');
    expect(get('DiscoveredVolumes', device).yaml).toMatchObject({
      size: ephemeral.size,
      uuid: ephemeral.uuid,
      partition_label: 'EPHEMERAL',
      parent: 'sda',
    });
  });

  it('its pods, ready in Kubernetes', () => {
    expect(get('NodeStatuses', 'cp-1').yaml).toMatchObject({ nodeReady: true });
    expect(get('StaticPodStatuses', 'kube-system/kube-apiserver-cp-1').yaml).toMatchObject({
      phase: 'Running',
      hostIP: '10.5.0.2',
    });
  });

  it('the CA of the API, with its key on control planes only', () => {
    const own = fromBytes(decodeOSRootSpec, get('OSRootSecrets', 'os').proto);
    expect(Buffer.from(own.issuingCa?.key ?? []).toString()).toContain('PRIVATE KEY');
    expect(Buffer.from(own.acceptedCAs[0]?.crt ?? []).toString()).toBe(cluster.trust.cert);
    const { issuingCA } = get('OSRootSecrets', 'os').yaml as { issuingCA: { crt: string } };
    expect(Buffer.from(issuingCA.crt, 'base64').toString()).toBe(cluster.trust.cert);
    expect(get('OSRootSecrets', 'os', worker).yaml).toMatchObject({ issuingCA: null });
  });

  it('certificates of the API that its CA issued', () => {
    const ca = new X509Certificate(cluster.trust.cert);
    const { server, client } = fromBytes(decodeAPICertsSpec, get('ApiCertificates', 'api').proto);
    for (const pair of [server, client]) {
      const certificate = new X509Certificate(pair?.crt ?? Buffer.alloc(0));
      expect(certificate.verify(ca.publicKey)).toBe(true);
    }
    expect(get('ApiCertificates', 'api', worker).yaml).toMatchObject({ client: null });
  });

  it('its configuration, as YAML in a YAML string', () => {
    const { yaml, proto } = get('MachineConfigs', 'v1alpha1');
    const [main, ...documents] = parseAllDocuments(yaml as string).map((found) => found.toJS());
    expect(main).toMatchObject({ version: 'v1alpha1', machine: { type: 'controlplane' } });
    expect(documents).toContainEqual(expect.objectContaining({ kind: 'KubeClusterConfig' }));
    const { yamlMarshalled } = fromBytes(decodeMachineConfigSpec, proto);
    expect(Buffer.from(yamlMarshalled).toString()).toBe(yaml);
    expect(get('MachineConfigs', 'persistent').yaml).toBe(yaml);
  });

  it('what workers do not have', () => {
    const types = new Set(worker.map(({ type }) => type));
    for (const type of ['StaticPods', 'APIServerConfigs', 'Manifests']) {
      expect([...types].some((name) => name.startsWith(`${type}.`))).toBe(false);
    }
  });
});

describe('what changes on a node', () => {
  it('is told to who watches', async () => {
    await using own = await simulateCluster();
    const client = resourcesOf(own.client().node('10.5.0.2'));
    const stages: string[] = [];
    const watch = client.watch({
      namespace: 'runtime',
      type: 'MachineStatuses.runtime.talos.dev',
      id: 'machine',
      apiVersion: 1,
    });
    let ready = false;
    for await (const { event } of watch) {
      for (const { resource } of event) {
        stages.push((parse(resource?.spec?.yamlSpec ?? '') as { stage: string }).stage);
      }
      if (!ready) own.machines[0]?.setStage('SHUTTING_DOWN');
      ready = true;
      if (stages.includes('shutting down')) break;
    }
    expect(stages.at(0)).toBe('running');
    expect(stages.at(-1)).toBe('shutting down');
  });
});

describe('types and namespaces', () => {
  it('are resources themselves', async () => {
    const client = resourcesOf(cluster.client({ role: 'os:reader' }).node('10.5.0.3'));
    const { resource } = await client.get({
      namespace: 'meta',
      type: 'ResourceDefinitions.meta.cosi.dev',
      id: 'members.cluster.talos.dev',
    });
    expect(parse(resource?.spec?.yamlSpec ?? '')).toMatchObject({
      type: 'Members.cluster.talos.dev',
      displayType: 'Member',
      defaultNamespace: 'cluster',
    });
    expect(
      fromBytes(decodeResourceDefinitionSpec, resource?.spec?.protoSpec ?? Buffer.alloc(0)),
    ).toMatchObject({ resourceType: 'Members.cluster.talos.dev', sensitivity: 'NON_SENSITIVE' });
    const names: string[] = [];
    for await (const { resource: namespace } of client.list({
      namespace: 'meta',
      type: 'Namespaces.meta.cosi.dev',
    })) {
      names.push(namespace?.metadata?.id ?? '');
    }
    expect(names).toHaveLength(19);
    expect(names).toEqual(names.toSorted());
  });
});
