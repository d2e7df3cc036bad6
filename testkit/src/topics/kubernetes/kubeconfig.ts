import { gzipSync } from 'node:zlib';
import { openAuthority } from 'talos-client/pki';
import { stringify } from 'yaml';
import { ServerStatus } from '../../base/calls/status.js';
import type { Machine } from '../../base/machine.js';
import { config } from '../config/config.js';
import { tarEntry } from '../files/tar.js';

/**
 * A kubeconfig for an admin of the cluster, with a new client certificate.
 *
 * @throws {ServerStatus} when the node has no CA of Kubernetes.
 */
export async function kubeconfig(machine: Machine): Promise<string> {
  const node = machine.state(config).active?.node;
  if (node?.kubernetesCa === undefined) {
    throw new ServerStatus('failed-precondition', 'kubernetes CA is not set');
  }
  const { clusterName, endpoint, kubernetesCa } = node;
  const authority = openAuthority(kubernetesCa);
  const client = authority.issueClient({ roles: ['system:masters'], commonName: 'admin' });
  const name = `admin@${clusterName}`;
  return stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: clusterName,
          cluster: { server: endpoint, 'certificate-authority-data': base64(kubernetesCa.cert) },
        },
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
