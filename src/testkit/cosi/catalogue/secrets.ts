import type { Machine } from '../../machine/machine.js';
import type { Authority } from '../../pki/index.js';
import { certSanKind, osRootKind } from '../kinds/secrets.js';
import { type Published, publish, type ResourceSource } from '../source.js';
import { DNS_DOMAIN, endpointHostOf, KUBERNETES_SERVICE_IP } from './plan.js';

/** The CA of each trust, once it is made. */
const authorities = new WeakMap<object, Authority>();

/** Keys, certificates and tokens of a node. */
export const secretSource: ResourceSource = {
  kinds: [certSanKind, osRootKind],
  topics: ['machine'],

  prepare({ identity }: Machine) {
    if (identity === undefined || authorities.has(identity.trust)) return undefined;
    const { trust } = identity;
    return trust.authority().then((authority) => authorities.set(trust, authority));
  },

  *resources(machine: Machine): Generator<Published> {
    const { address, cluster, identity, name, type } = machine;
    yield publish(
      certSanKind,
      identity === undefined ? 'maintenance' : 'api',
      { ips: ['127.0.0.1', '::1', address], dnsNames: [name], fqdn: name },
      identity === undefined ? { owner: 'secrets.MaintenanceCertSANsController' } : {},
    );
    if (type === 'controlplane') {
      yield publish(
        certSanKind,
        'k8s',
        {
          ips: ['127.0.0.1', KUBERNETES_SERVICE_IP, address, endpointHostOf(cluster)],
          dnsNames: [
            name,
            'kubernetes',
            'kubernetes.default',
            'kubernetes.default.svc',
            `kubernetes.default.svc.${DNS_DOMAIN}`,
            'localhost',
          ],
          fqdn: name,
        },
        { owner: 'secrets.KubernetesCertSANsController' },
      );
    }
    const authority = identity && authorities.get(identity.trust);
    if (authority === undefined) return;
    yield publish(osRootKind, 'os', {
      issuingCA: type === 'controlplane' ? { crt: authority.cert, key: authority.key } : undefined,
      acceptedCAs: [{ crt: authority.cert }],
      certSANIPs: [],
      certSANDNSNames: [],
      token: tokenOf(cluster.random.fork('machine-token').hex(22)),
    });
  },
};

/** A token as Talos makes them: six characters, a dot, sixteen characters. */
function tokenOf(hex: string): string {
  return `${hex.slice(0, 6)}.${hex.slice(6)}`;
}
