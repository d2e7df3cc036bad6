import { createHash } from 'node:crypto';
import type { LeafEntry } from './bolt.js';

/** What Kubernetes keeps, by the path that its keys have. */
const kinds: readonly string[] = [
  'configmaps/kube-system',
  'deployments/kube-system',
  'endpointslices/default',
  'events/kube-system',
  'leases/kube-node-lease',
  'pods/kube-system',
  'replicasets/kube-system',
  'secrets/kube-system',
  'serviceaccounts/kube-system',
];

/** Bytes of the value of each key; three such keys fill a page. */
const VALUE_BYTES = 1200;

/** The key of a revision in the database: the revision, an underscore and the part of it. */
export function revisionKey(revision: bigint): Uint8Array {
  const key = Buffer.alloc(17);
  key.writeBigUInt64BE(revision, 0);
  key.write('_', 8);
  return key;
}

/** The n-th key of a cluster as the database has it: by its revision, with its name and value. */
export function keyEntry(lineage: bigint, index: number, revision: bigint): LeafEntry {
  const id = createHash('sha256').update(`${lineage}/${index}`).digest('hex');
  const name = `/registry/${kinds[index % kinds.length]}/${id.slice(0, 12)}`;
  const object =
    `k8s\0{"metadata":{"name":"${id.slice(0, 12)}","uid":"${uuid(id)}"},` +
    `"data":{"value":"${id.slice(32)}`;
  const value = Buffer.alloc(VALUE_BYTES, id.slice(32));
  value.write(object);
  value.write('"}}', VALUE_BYTES - 3);
  return {
    key: revisionKey(revision),
    value: Buffer.concat([
      lengthDelimited(1, Buffer.from(name)),
      number(2, revision),
      number(3, revision),
      number(4, 1n),
      lengthDelimited(5, value),
    ]),
  };
}

function uuid(hex: string): string {
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
}

/** A field of a protobuf message; etcd's own messages are in no contract of Talos. */
function lengthDelimited(field: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of((field << 3) | 2), varint(BigInt(bytes.length)), bytes]);
}

function number(field: number, value: bigint): Buffer {
  return Buffer.concat([Buffer.of(field << 3), varint(value)]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Buffer.of(...bytes, Number(rest));
}
