// Starts etcd anew from a snapshot, on a control plane without etcd data. The others join it.
// Run: npx tsx examples/etcd-restore.ts FILE NODE
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createTalosClient, fromMs } from 'talos-client';
import { cluster } from 'talos-client/cluster';
import { etcd } from 'talos-client/etcd';
import { lifecycle } from 'talos-client/lifecycle';
import { loadTalosconfig } from 'talos-client/talosconfig';

/** Refuses a file that is no complete snapshot before a node is bothered with it. */
async function checkSnapshot(path: string): Promise<number> {
  const { size } = await stat(path);
  if (size % 512 !== 32) throw new Error(`${path} is cut short, or no snapshot`);
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { end: size - 33 })) hash.update(chunk);
  const digest: Buffer[] = [];
  for await (const chunk of createReadStream(path, { start: size - 32 })) digest.push(chunk);
  if (!hash.digest().equals(Buffer.concat(digest))) throw new Error(`${path} is damaged`);
  return size;
}

const [path, address] = process.argv.slice(2);
// Never a default node: on a cluster that lives, this is for the one node that begins it anew.
if (path === undefined || address === undefined) {
  throw new Error('usage: etcd-restore.ts FILE NODE');
}
const size = await checkSnapshot(path);

await using talos = createTalosClient(await loadTalosconfig());
const node = talos.node(address);
await etcd(node).recover(createReadStream(path, { highWaterMark: 32 * 1024 }));
console.log(`${size} bytes uploaded`);
await lifecycle(node).bootstrap({ recoverEtcd: true });
console.log('etcd begins with them');

const waitTimeout = fromMs(10 * 60_000);
const health = cluster(node).healthCheck({ waitTimeout });
for await (const { message } of health) console.log(message.trimEnd());
