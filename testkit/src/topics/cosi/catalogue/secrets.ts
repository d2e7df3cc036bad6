import type { Issued } from 'talos-client/pki';
import type { Machine } from '../../../base/machine.js';
import { config } from '../../config/config.js';
import { secrets } from '../../config/secrets.js';
import {
  apiCertsKind,
  type CertificateAndKey,
  certSanKind,
  etcdRootKind,
  kubernetesRootKind,
  osRootKind,
} from '../kinds/secrets.js';
import { type Published, publish, type ResourceSource } from '../source.js';
import { DNS_DOMAIN, KUBEPRISM_PORT, KUBERNETES_SERVICE_IP } from './plan.js';

/** Keys, tokens and CAs of a node, as its configuration has them. */
export const secretSource: ResourceSource = {
  kinds: [certSanKind, osRootKind, kubernetesRootKind, etcdRootKind],
  topics: ['machine', 'config'],
  *resources(machine: Machine): Generator<Published> {
    yield* certSans(machine);
    const { cluster, type } = machine;
    const node = machine.state(config).active?.node;
    if (node === undefined) return;
    const { cert, key, alsoAccepted } = node.trust;
    yield publish(osRootKind, 'os', {
      issuingCA: key === undefined ? undefined : { crt: cert, key },
      acceptedCAs: [cert, ...alsoAccepted].map((crt) => ({ crt })),
      certSANIPs: [],
      certSANDNSNames: [],
      token: node.token,
    });
    if (type !== 'controlplane') return;
    const bundle = cluster.state(secrets);
    yield publish(etcdRootKind, 'etcd', { etcdCA: pair(bundle.etcd) });
    const [bootstrapTokenID = '', bootstrapTokenSecret = ''] = bundle.bootstrapToken.split('.');
    const { cert: crt } = bundle.kubernetes;
    yield publish(kubernetesRootKind, 'k8s', {
      name: node.clusterName,
      endpoint: node.endpoint,
      local_endpoint: `https://127.0.0.1:${KUBEPRISM_PORT}`,
      certSANs: [new URL(node.endpoint).hostname],
      apiServerIPs: [KUBERNETES_SERVICE_IP],
      dnsDomain: DNS_DOMAIN,
      issuingCA: pair(bundle.kubernetes),
      acceptedCAs: [{ crt }],
      aggregatorCA: pair(bundle.aggregator),
      acceptedAggregatorCAs: [{ crt: bundle.aggregator.cert }],
      serviceAccount: { key: bundle.serviceAccountKey },
      serviceAccountAcceptedKeys: [],
      issuerURL: node.endpoint,
      acceptedIssuers: [],
      apiAudiences: [node.endpoint],
      aesCBCEncryptionSecret: '',
      bootstrapTokenID,
      bootstrapTokenSecret,
      secretboxEncryptionSecret: bundle.encryptionSecret,
      etcdEncryptionConfig: {},
    });
  },
};

function* certSans(machine: Machine): Generator<Published> {
  const { address, name, type } = machine;
  if (type === undefined) {
    yield publish(
      certSanKind,
      'maintenance',
      { ips: ['127.0.0.1', '::1', address], dnsNames: [name], fqdn: name },
      { owner: 'secrets.MaintenanceCertSANsController' },
    );
    return;
  }
  yield publish(certSanKind, 'api', {
    ips: ['127.0.0.1', address],
    dnsNames: [name],
    fqdn: name,
  });
  if (type !== 'controlplane') return;
  const dnsNames = [
    name,
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    `kubernetes.default.svc.${DNS_DOMAIN}`,
    'localhost',
  ];
  yield publish(
    certSanKind,
    'k8s',
    { ips: ['127.0.0.1', KUBERNETES_SERVICE_IP, address], dnsNames, fqdn: name },
    { owner: 'secrets.KubernetesCertSANsController' },
  );
}

/** What apid of a node serves with, and calls other nodes with. */
interface ApiCertificates {
  readonly server: Issued;
  readonly client: Issued | undefined;
}

/** The certificates of each node, as far as somebody asked for them. */
const issued = new WeakMap<Machine, ApiCertificates>();

/** The certificates of the API, which are made when somebody asks for them. */
export const apiCertificateSource: ResourceSource = {
  kinds: [apiCertsKind],
  topics: ['machine'],

  async prepare(machine: Machine) {
    const { identity, address, name } = machine;
    if (identity === undefined) return;
    const authority = await identity.trust.authority();
    const names = [address, name, '127.0.0.1'];
    const known = issued.get(machine);
    const server =
      (await machine.cluster.servedCertificate(machine)) ??
      known?.server ??
      authority.issueServer({ names, commonName: name });
    const client =
      machine.type === 'controlplane'
        ? (known?.client ?? authority.issueClient({ roles: ['os:impersonator'] }))
        : undefined;
    issued.set(machine, { server, client });
  },

  *resources(machine: Machine): Generator<Published> {
    const found = issued.get(machine);
    if (machine.identity === undefined || found === undefined) return;
    const { server, client } = found;
    yield publish(apiCertsKind, 'api', {
      acceptedCAs: [{ crt: machine.identity.trust.cert }],
      client: client && pair(client),
      server: pair(server),
      skipVerifyingClientCert: false,
    });
  },
};

function pair({ cert, key }: { readonly cert: string; readonly key: string }): CertificateAndKey {
  return { crt: cert, key };
}
