import {
  encodeAPICertsSpec,
  encodeCertSANSpec,
  encodeEtcdRootSpec,
  encodeKubernetesRootSpec,
  encodeMaintenanceRootSpec,
  encodeOSRootSpec,
} from '../../../../generated/definitions/secrets.js';
import { defineKind, encoded } from '../kind.js';
import { type JsonObject, structMessage } from '../struct.js';
import { goUrl, netIp } from '../values.js';

/** A certificate with its key, both as PEM text. */
export interface CertificateAndKey {
  readonly crt: string;
  readonly key: string;
}

/** A certificate as PEM text. */
export interface Certificate {
  readonly crt: string;
}

/** A key as PEM text. */
export interface Key {
  readonly key: string;
}

/** What apid serves with. */
export interface ApiCertsSpec {
  readonly acceptedCAs: readonly Certificate[];
  /** What it calls other nodes with; control planes only. */
  readonly client?: CertificateAndKey | undefined;
  readonly server: CertificateAndKey;
  readonly skipVerifyingClientCert: boolean;
}

/** `ApiCertificates`, id `api`; sensitive. */
export const apiCertsKind = defineKind({
  type: 'ApiCertificates.secrets.talos.dev',
  namespace: 'secrets',
  owner: 'secrets.APIController',
  proto: ({ acceptedCAs, client, server, ...spec }: ApiCertsSpec) =>
    encoded(encodeAPICertsSpec, {
      ...spec,
      acceptedCAs: acceptedCAs.map(certificateBytes),
      client: client && pairBytes(client),
      server: pairBytes(server),
    }),
  yaml: ({ acceptedCAs, client, server, ...spec }) => ({
    acceptedCAs: acceptedCAs.map(certificateYaml),
    client: client === undefined ? null : pairYaml(client),
    server: pairYaml(server),
    ...spec,
  }),
});

/** Which names and addresses a certificate is for. */
export interface CertSanSpec {
  readonly ips: readonly string[];
  readonly dnsNames: readonly string[];
  readonly fqdn: string;
}

/** `CertSANs`: `api`, `maintenance` and `k8s`; sensitive. */
export const certSanKind = defineKind({
  type: 'CertSANs.secrets.talos.dev',
  namespace: 'secrets',
  owner: 'secrets.APICertSANsController',
  proto: ({ ips, ...spec }: CertSanSpec) =>
    encoded(encodeCertSANSpec, { ...spec, iPs: ips.map(netIp) }),
});

/** The CA of the Talos API and the token of machines. */
export interface OsRootSpec {
  /** Control planes only. */
  readonly issuingCA?: CertificateAndKey | undefined;
  readonly acceptedCAs: readonly Certificate[];
  readonly certSANIPs: readonly string[];
  readonly certSANDNSNames: readonly string[];
  readonly token: string;
}

/** `OSRootSecrets`, id `os`; sensitive. */
export const osRootKind = defineKind({
  type: 'OSRootSecrets.secrets.talos.dev',
  namespace: 'secrets',
  owner: 'secrets.RootOSController',
  proto: ({ issuingCA, acceptedCAs, certSANIPs, certSANDNSNames, token }: OsRootSpec) =>
    encoded(encodeOSRootSpec, {
      issuingCa: issuingCA && pairBytes(issuingCA),
      acceptedCAs: acceptedCAs.map(certificateBytes),
      certSaniPs: certSANIPs.map(netIp),
      certSandnsNames: certSANDNSNames,
      token,
    }),
  yaml: ({ issuingCA, acceptedCAs, ...spec }) => ({
    issuingCA: issuingCA === undefined ? null : pairYaml(issuingCA),
    acceptedCAs: acceptedCAs.map(certificateYaml),
    ...spec,
  }),
});

/** The CA of etcd. */
export interface EtcdRootSpec {
  readonly etcdCA: CertificateAndKey;
}

/** `EtcdRootSecrets`, id `etcd`; sensitive. */
export const etcdRootKind = defineKind({
  type: 'EtcdRootSecrets.secrets.talos.dev',
  namespace: 'secrets',
  owner: 'secrets.RootEtcdController',
  proto: ({ etcdCA }: EtcdRootSpec) => encoded(encodeEtcdRootSpec, { etcdCa: pairBytes(etcdCA) }),
  yaml: ({ etcdCA }) => ({ etcdCA: pairYaml(etcdCA) }),
});

/** The CA and the tokens of Kubernetes. */
export interface KubernetesRootSpec {
  readonly name: string;
  /** As a URL. */
  readonly endpoint: string;
  readonly local_endpoint: string;
  readonly certSANs: readonly string[];
  readonly apiServerIPs: readonly string[];
  readonly dnsDomain: string;
  readonly issuingCA: CertificateAndKey;
  readonly acceptedCAs: readonly Certificate[];
  readonly aggregatorCA: CertificateAndKey;
  readonly acceptedAggregatorCAs: readonly Certificate[];
  /** The key that signs the tokens of service accounts. */
  readonly serviceAccount: Key;
  readonly serviceAccountAcceptedKeys: readonly Key[];
  readonly issuerURL: string;
  readonly acceptedIssuers: readonly string[];
  readonly apiAudiences: readonly string[];
  readonly aesCBCEncryptionSecret: string;
  readonly bootstrapTokenID: string;
  readonly bootstrapTokenSecret: string;
  readonly secretboxEncryptionSecret: string;
  /** The configuration of encryption in etcd, where a document has it. */
  readonly etcdEncryptionConfig: JsonObject;
}

/** `KubernetesRootSecrets`, id `k8s`; sensitive. */
export const kubernetesRootKind = defineKind({
  type: 'KubernetesRootSecrets.secrets.talos.dev',
  namespace: 'secrets',
  owner: 'secrets.RootKubernetesController',
  proto: (spec: KubernetesRootSpec) =>
    encoded(encodeKubernetesRootSpec, {
      name: spec.name,
      endpoint: { fullPath: spec.endpoint },
      localEndpoint: { fullPath: spec.local_endpoint },
      certSaNs: spec.certSANs,
      apiServerIps: spec.apiServerIPs.map(netIp),
      dnsDomain: spec.dnsDomain,
      issuingCa: pairBytes(spec.issuingCA),
      acceptedCAs: spec.acceptedCAs.map(certificateBytes),
      aggregatorCa: pairBytes(spec.aggregatorCA),
      acceptedAggregatorCAs: spec.acceptedAggregatorCAs.map(certificateBytes),
      serviceAccount: keyBytes(spec.serviceAccount),
      serviceAccountAcceptedKeys: spec.serviceAccountAcceptedKeys.map(keyBytes),
      issuerUrl: spec.issuerURL,
      acceptedIssuers: spec.acceptedIssuers,
      apiAudiences: spec.apiAudiences,
      aescbcEncryptionSecret: spec.aesCBCEncryptionSecret,
      bootstrapTokenId: spec.bootstrapTokenID,
      bootstrapTokenSecret: spec.bootstrapTokenSecret,
      secretboxEncryptionSecret: spec.secretboxEncryptionSecret,
      etcdEncryptionConfig: structMessage(spec.etcdEncryptionConfig),
    }),
  yaml: (spec) => ({
    ...spec,
    endpoint: goUrl(spec.endpoint),
    local_endpoint: goUrl(spec.local_endpoint),
    issuingCA: pairYaml(spec.issuingCA),
    acceptedCAs: spec.acceptedCAs.map(certificateYaml),
    aggregatorCA: pairYaml(spec.aggregatorCA),
    acceptedAggregatorCAs: spec.acceptedAggregatorCAs.map(certificateYaml),
    serviceAccount: keyYaml(spec.serviceAccount),
    serviceAccountAcceptedKeys: spec.serviceAccountAcceptedKeys.map(keyYaml),
  }),
});

/** The CA of a node in maintenance. */
export interface MaintenanceRootSpec {
  readonly ca: CertificateAndKey;
}

/** `MaintenanceRootSecrets`, id `maintenance`; sensitive. */
export const maintenanceRootKind = defineKind({
  type: 'MaintenanceRootSecrets.secrets.talos.dev',
  namespace: 'secrets',
  owner: 'secrets.MaintenanceRootController',
  proto: ({ ca }: MaintenanceRootSpec) => encoded(encodeMaintenanceRootSpec, { ca: pairBytes(ca) }),
  yaml: ({ ca }) => ({ ca: pairYaml(ca) }),
});

function certificateBytes({ crt }: Certificate): { readonly crt: Uint8Array } {
  return { crt: Buffer.from(crt) };
}

function pairBytes({ crt, key }: CertificateAndKey) {
  return { crt: Buffer.from(crt), key: Buffer.from(key) };
}

/** In YAML the PEM text stands in base64. */
function certificateYaml({ crt }: Certificate): { readonly crt: string } {
  return { crt: Buffer.from(crt).toString('base64') };
}

function pairYaml({ crt, key }: CertificateAndKey): CertificateAndKey {
  return { ...certificateYaml({ crt }), key: Buffer.from(key).toString('base64') };
}

function keyBytes({ key }: Key): { readonly key: Uint8Array } {
  return { key: Buffer.from(key) };
}

function keyYaml({ key }: Key): Key {
  return { key: Buffer.from(key).toString('base64') };
}
