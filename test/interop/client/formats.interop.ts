import { createHash } from 'node:crypto';
import { type SimulatedCluster, simulateCluster } from 'talos-client-testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GoClient, type Message } from '../support/go-client.js';

let cluster: SimulatedCluster;
let go: GoClient;

beforeAll(async () => {
  cluster = await simulateCluster({ controlPlanes: 3, workers: 1, transport: 'tls' });
  go = new GoClient();
  await go.connect(cluster.talosconfig);
});
afterAll(async () => {
  await go?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

const at = { node: '10.5.0.3' } as const;

/** What a call of the official client gives as bytes, in base64. */
function bytes(name: string, args: readonly unknown[] = [], options = {}): Promise<string> {
  return go.call<string>(name, args, { ...at, ...options });
}

/** What code of others finds in it. */
function read<T>(format: string, content: string): Promise<T> {
  return go.command<T>({ do: 'read', format, content });
}

interface Snapshot {
  readonly buckets: Readonly<Record<string, number>>;
  readonly revision: number;
  readonly keys: readonly string[];
  readonly consistentIndex: number;
  readonly members: readonly {
    readonly hexId: string;
    readonly name: string;
    readonly peerURLs: readonly string[];
    readonly clientURLs: readonly string[];
  }[];
  readonly fileBytes: number;
  readonly inUseBytes: number;
}

describe('an etcd snapshot, opened with the library that etcd keeps its data with', () => {
  test('is sound on every page, and has the members and the keys of the cluster', async () => {
    const snapshot = await read<Snapshot>('snapshot', await bytes('EtcdSnapshot', [{}]));
    expect(Object.keys(snapshot.buckets)).toEqual(
      expect.arrayContaining(['key', 'lease', 'auth', 'members', 'members_removed', 'meta']),
    );
    const { value } = await go.call<Message<Members>>('EtcdMemberList', [{}], at);
    const listed = value.messages[0]?.members ?? [];
    expect([...snapshot.members].sort((a, b) => a.name.localeCompare(b.name))).toEqual(
      [...listed]
        .sort((a, b) => a.hostname.localeCompare(b.hostname))
        .map(({ id, hostname, peerUrls, clientUrls }) => ({
          hexId: BigInt(id).toString(16),
          name: hostname,
          peerURLs: peerUrls,
          clientURLs: clientUrls,
        })),
    );
    expect(snapshot.keys.length).toBeGreaterThan(100);
    for (const key of snapshot.keys) expect(key).toMatch(/^\/registry\//);
  });

  test('is what the status of the member says of it', async () => {
    const before = await memberStatus();
    const snapshot = await read<Snapshot>('snapshot', await bytes('EtcdSnapshot', [{}]));
    const after = await memberStatus();
    expect(snapshot.fileBytes).toBeGreaterThanOrEqual(Number(before.dbSize));
    expect(snapshot.fileBytes).toBeLessThanOrEqual(Number(after.dbSize));
    expect(snapshot.inUseBytes).toBeGreaterThanOrEqual(Number(before.dbSizeInUse));
    expect(snapshot.inUseBytes).toBeLessThanOrEqual(Number(after.dbSizeInUse));
    expect(snapshot.consistentIndex).toBeGreaterThanOrEqual(Number(before.raftAppliedIndex));
    expect(snapshot.consistentIndex).toBeLessThanOrEqual(Number(after.raftAppliedIndex));
  });

  test('that lost a byte is found out', async () => {
    const content = Buffer.from(await bytes('EtcdSnapshot', [{}]), 'base64');
    content.writeUInt8(content.readUInt8(9000) ^ 1, 9000);
    await expect(read('snapshot', content.toString('base64'))).rejects.toThrow(/checksum/);
  });
});

interface Members {
  readonly messages: readonly {
    readonly members: readonly {
      readonly id: string;
      readonly hostname: string;
      readonly peerUrls: readonly string[];
      readonly clientUrls: readonly string[];
    }[];
  }[];
}

interface MemberStatus {
  readonly dbSize: string;
  readonly dbSizeInUse: string;
  readonly raftAppliedIndex: string;
}

async function memberStatus(): Promise<MemberStatus> {
  interface Status {
    readonly messages: readonly { readonly memberStatus: MemberStatus }[];
  }
  const { value } = await go.call<Message<Status>>('EtcdStatus', [], at);
  const { memberStatus: found } = value.messages[0] ?? {};
  if (found === undefined) throw new Error('no member has a status');
  return found;
}

interface Capture {
  readonly linkType: string;
  readonly snaplen: number;
  readonly packets: readonly {
    readonly at: string;
    readonly captured: number;
    readonly length: number;
    readonly layers: readonly string[];
    readonly from?: string;
    readonly to?: string;
    readonly problem?: string;
  }[];
}

describe('a packet capture, decoded with the library that Talos writes it with', () => {
  /** Captures so many bytes, and cuts off what is no whole packet. */
  async function capture(request: object, packets: number, take = 8192): Promise<Capture> {
    const content = Buffer.from(await bytes('PacketCapture', [request], { take }), 'base64');
    const whole = content.subarray(0, wholePackets(content));
    const found = await read<Capture>('capture', whole.toString('base64'));
    expect(found.packets.length).toBeGreaterThanOrEqual(packets);
    return found;
  }

  test('has frames that decode to the top, with the sums they should have', async () => {
    const { linkType, packets } = await capture({ interface: 'eth0' }, 8);
    expect(linkType).toBe('Ethernet');
    expect(packets.flatMap(({ problem }) => problem ?? [])).toEqual([]);
    for (const { layers, captured, length } of packets) {
      expect(layers[0]).toBe('Ethernet');
      expect(captured).toBe(length);
    }
    const times = packets.map(({ at: time }) => Date.parse(time));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(packets.some(({ layers }) => layers.includes('TCP'))).toBe(true);
  });

  test('says in its head alone how long packets may be, and has them whole', async () => {
    const { snaplen, packets } = await capture({ interface: 'eth0', snapLen: 60 }, 8);
    expect(snaplen).toBe(60);
    for (const { captured, length } of packets) expect(captured).toBe(length);
    expect(packets.some(({ length }) => length > 60)).toBe(true);
  });

  test('has what a filter lets pass, cut where the filter says', async () => {
    // What `tcpdump -dd` makes of "arp", with 20 bytes of each.
    const bpfFilter = [
      { op: 0x28, jt: 0, jf: 0, k: 12 },
      { op: 0x15, jt: 0, jf: 1, k: 0x806 },
      { op: 0x6, jt: 0, jf: 0, k: 20 },
      { op: 0x6, jt: 0, jf: 0, k: 0 },
    ];
    const request = { interface: 'eth0', promiscuous: true, bpfFilter };
    const { packets } = await capture(request, 3, 24 + 3 * (16 + 20));
    for (const { captured, length } of packets)
      expect({ captured, length }).toEqual({ captured: 20, length: 42 });
  });
});

/** Bytes of a capture up to the end of its last whole packet. */
function wholePackets(content: Buffer): number {
  let end = 24;
  for (;;) {
    if (content.length < end + 16) return end;
    const next = end + 16 + content.readUInt32LE(end + 8);
    if (next > content.length) return end;
    end = next;
  }
}

interface ArchivedFile {
  readonly name: string;
  readonly kind: string;
  readonly mode: string;
  readonly size: number;
  readonly target?: string;
  readonly sha256?: string;
}

interface ListedFile {
  readonly name: string;
  readonly relativeName: string;
  readonly size: string;
  readonly mode: number;
  readonly isDir: boolean;
  readonly link: string;
  readonly error: string;
}

describe('an archive of a folder, unpacked with the packages of Go', () => {
  test('has the files that a listing has, and what reading them gives', async () => {
    const archive = await read<readonly ArchivedFile[]>('archive', await bytes('Copy', ['/etc']));
    const listing = await go.stream<Message<ListedFile>>(
      'LS',
      [{ root: '/etc', recurse: true }],
      at,
    );
    const listed = new Map(listing.map(({ value }) => [value.relativeName, value]));
    // The folder itself is in its listing alone.
    expect(archive.map(({ name }) => name.replace(/\/$/, '')).sort()).toEqual(
      [...listed.keys()].filter((name) => name !== '.').sort(),
    );
    const files = archive.filter(({ kind }) => kind === '0');
    expect(files.length).toBeGreaterThan(5);
    for (const { name, size, sha256 } of files) {
      expect(String(size), name).toBe(listed.get(name)?.size);
      const content = Buffer.from(await bytes('Read', [`/etc/${name}`]), 'base64');
      expect(createHash('sha256').update(content).digest('hex'), name).toBe(sha256);
    }
    for (const { name, target } of archive.filter(({ kind }) => kind === '2')) {
      expect(target, name).toBe(listed.get(name)?.link);
    }
  });

  test('of one file has that', async () => {
    const archive = await read<readonly ArchivedFile[]>(
      'archive',
      await bytes('Copy', ['/etc/os-release']),
    );
    expect(archive).toMatchObject([{ kind: '0', mode: expect.stringMatching(/^-r/) }]);
  });
});

describe('a kubeconfig', () => {
  test('has a certificate that fits its key, signed for clients by the cluster', async () => {
    const found = await read('kubeconfig', await bytes('Kubeconfig'));
    expect(found).toMatchObject({
      // Where the Kubernetes API of the simulated cluster listens.
      server: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
      name: 'admin',
      organizations: ['system:masters'],
    });
  });
});
