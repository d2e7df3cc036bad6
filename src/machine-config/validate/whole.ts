import type { MachineConfig } from '../document.js';
import type { Reporter } from './reporter.js';
import { isControlPlane, machineTypeOf } from './v1alpha1/machine.js';

/** What concerns the documents together. */
export function checkWhole(
  config: MachineConfig,
  { inContainer }: { readonly inContainer: boolean },
  report: Reporter,
): void {
  const old = config.v1alpha1;
  const resolver = config.get('ResolverConfig');
  // A document that does not switch it on leaves the old one to say.
  const hostDns =
    resolver?.hostDNS?.enabled === true ? resolver.hostDNS : old?.machine?.features?.hostDNS;
  if (inContainer) {
    if (hostDns === undefined) report.error('hostDNS config is required in container mode');
    else {
      if (hostDns.enabled !== true) report.error('hostDNS must be enabled in container mode');
      if (hostDns.forwardKubeDNSToHost !== true) {
        report.error('forwardKubeDNSToHost must be enabled in container mode');
      }
    }
  }
  const isEncrypted = (resolver?.nameservers ?? []).some(
    ({ protocol = 'Do53' }) => protocol !== 'Do53',
  );
  if (isEncrypted && hostDns?.enabled !== true) {
    report.error('hostDNS must be enabled when using non-default DNS protocols');
  }
  checkIdentity(config, report);
  if (old?.machine !== undefined) checkEncryption(config, report);
}

/** The discovery service encrypts what it carries with the secret of the cluster. */
function checkIdentity(config: MachineConfig, report: Reporter): void {
  if (config.all('DiscoveryServiceConfig').length === 0) return;
  const { id, secret } = config.v1alpha1?.cluster ?? {};
  const document = config.get('DiscoveryIdentityConfig');
  const identity =
    id || secret ? { id, secret } : { id: document?.clusterID, secret: document?.clusterSecret };
  const needs = 'should be set when cluster discovery (DiscoveryServiceConfig) is enabled';
  if (!identity.id) report.error(`cluster ID (.cluster.id or DiscoveryIdentityConfig) ${needs}`);
  if (!identity.secret) {
    report.error(`cluster secret (.cluster.secret or DiscoveryIdentityConfig) ${needs}`);
  }
}

/** Secrets of Kubernetes are encrypted in etcd, by machines that run kube-apiserver only. */
function checkEncryption(config: MachineConfig, report: Reporter): void {
  const old = config.v1alpha1 ?? {};
  const { cluster } = old;
  const hasDocument = config.get('KubeEtcdEncryptionConfig') !== undefined;
  const hasOld = !!cluster?.secretboxEncryptionSecret || !!cluster?.aescbcEncryptionSecret;
  const runsApiServer =
    config.get('KubeAPIServerConfig') !== undefined ||
    config.get('KubeClusterConfig') === undefined;
  if (isControlPlane(old) && runsApiServer && !hasDocument && !hasOld) {
    report.error(
      'etcd encryption config is required for control plane machines running kube-apiserver',
    );
  }
  if (machineTypeOf(old) === 'worker' && hasDocument) {
    report.error('etcd encryption config is not supported for worker machines');
  }
}
