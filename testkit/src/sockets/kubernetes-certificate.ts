import { type Issued, lifetimes, openAuthority, rootId } from 'talos-client/pki';
import type { Machine } from '../base/machine.js';
import { config } from '../topics/config/config.js';
import { secrets } from '../topics/config/secrets.js';
import { DNS_DOMAIN, KUBERNETES_SERVICE_IP } from '../topics/cosi/catalogue/plan.js';

/** What an API server shows, and whose clients it knows. */
export interface KubernetesServerIdentity {
  readonly certificate: Issued;
  /** The CA of Kubernetes, as PEM text. */
  readonly ca: string;
  /** Changes when one of them does. */
  readonly id: string;
}

const issued = new WeakMap<Machine, KubernetesServerIdentity>();

/**
 * The certificate of the API server of a node, for all the names that it is called by. Made when
 * first asked for, and anew when the node boots or gets another CA.
 */
export function kubernetesCertificate(machine: Machine): KubernetesServerIdentity {
  const state = machine.state(config);
  const root =
    (state.isInitial ? undefined : state.active?.node?.kubernetesCa) ??
    machine.cluster.state(secrets).kubernetes;
  const id = `${machine.address}/${machine.name}/${machine.boots}/${rootId(root.cert)}`;
  let identity = issued.get(machine);
  if (identity?.id !== id) {
    const certificate = openAuthority(root).issueServer({
      commonName: 'kube-apiserver',
      names: namesOf(machine),
      lifetimeMs: lifetimes.client,
    });
    identity = { certificate, ca: root.cert, id };
    issued.set(machine, identity);
  }
  return identity;
}

function namesOf({ address, name, cluster }: Machine): readonly string[] {
  const service = 'kubernetes.default';
  return [
    ...new Set([
      address,
      name,
      '127.0.0.1',
      'localhost',
      new URL(cluster.kubernetesEndpoint).hostname,
      KUBERNETES_SERVICE_IP,
      'kubernetes',
      service,
      `${service}.svc`,
      `${service}.svc.${DNS_DOMAIN}`,
    ]),
  ];
}
