import { gzipSync } from 'node:zlib';
import { openAuthority, type Root } from 'talos-client/pki';
import { stringify } from 'yaml';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { config } from '../config/config.js';
import { tarEntry } from '../files/tar.js';

/** What a kubeconfig is for. */
export interface KubeconfigInit {
  readonly clusterName: string;
  /** Where the API is reached, as `https://10.5.0.2:6443`. */
  readonly server: string;
  /** The CA of Kubernetes. */
  readonly ca: Root;
  /** Who the client is, and what it belongs to. */
  readonly user: string;
  readonly groups: readonly string[];
}

/** A kubeconfig with a new client certificate. */
export function kubeconfigText({ clusterName, server, ca, user, groups }: KubeconfigInit): string {
  const client = openAuthority(ca).issueClient({ roles: groups, commonName: user });
  const name = `${user}@${clusterName}`;
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: clusterName, cluster: { server, 'certificate-authority-data': base64(ca.cert) } },
      ],
      users: [
        {
          name,
          user: {
            'client-certificate-data': base64(client.cert),
            'client-key-data': base64(client.key),
          },
        },
      ],
      contexts: [{ name, context: { cluster: clusterName, namespace: 'default', user: name } }],
      'current-context': name,
    },
    { lineWidth: 0 },
  );
}

/**
 * A kubeconfig for an admin of the cluster, as its configuration says.
 *
 * @throws {ServerStatus} when the node has no CA of Kubernetes.
 */
export function kubeconfig(machine: Machine): string {
  const node = machine.state(config).active?.node;
  if (node?.kubernetesCa === undefined) {
    throw new ServerStatus('failed-precondition', 'kubernetes CA is not set');
  }
  const { clusterName, endpoint: server, kubernetesCa: ca } = node;
  return kubeconfigText({ clusterName, server, ca, user: 'admin', groups: ['system:masters'] });
}

/**
 * A tar.gz with one file, as Talos sends it: header and content alone, without the padding and the
 * end that make a tar complete.
 */
export function cutTarGz(name: string, content: string, modifiedAt: number): Uint8Array {
  const file = Buffer.from(content);
  const [header = new Uint8Array(), bytes = new Uint8Array()] = tarEntry({
    name,
    kind: 'file',
    permissions: 0o600,
    uid: 0,
    gid: 0,
    modifiedAt,
    target: '',
    size: file.length,
    content: file,
  });
  return gzipSync(Buffer.concat([header, bytes]));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
