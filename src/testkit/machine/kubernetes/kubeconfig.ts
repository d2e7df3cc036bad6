import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import { openAuthority } from '../../pki/index.js';
import { ServerStatus } from '../../status.js';
import { config } from '../config/config.js';
import type { Machine } from '../machine.js';

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
  const authority = await openAuthority(kubernetesCa);
  const client = await authority.issueClient({ roles: ['system:masters'], commonName: 'admin' });
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
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  const field = (offset: number, text: string) => header.write(text, offset, 'ascii');
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  field(0, name);
  field(100, octal(0o600, 7));
  field(108, octal(0, 7));
  field(116, octal(0, 7));
  field(124, octal(bytes.length, 11));
  field(136, octal(Math.floor(modifiedAt / 1000), 11));
  field(148, ' '.repeat(8));
  field(156, '0');
  field(257, 'ustar\0');
  field(263, '00');
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  field(148, `${checksum.toString(8).padStart(6, '0')}\0 `);
  return gzipSync(Buffer.concat([header, bytes]));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
