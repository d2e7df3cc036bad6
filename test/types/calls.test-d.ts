// Compiled, never run: what must compile does, what must not is marked with @ts-expect-error.
import {
  collectBytes,
  createTalosClient,
  type NodeResult,
  plaintext,
  type TalosClient,
  type TalosNode,
  type TalosStream,
  type Target,
} from 'talos-client';
import { configuration } from 'talos-client/configuration';
import { debug } from 'talos-client/debug';
import { type EtcdMembers, etcd } from 'talos-client/etcd';
import { files } from 'talos-client/files';
import { lifecycle } from 'talos-client/lifecycle';
import { logs } from 'talos-client/logs';
import { storage } from 'talos-client/storage';
import { system } from 'talos-client/system';
import { loadTalosconfig } from 'talos-client/talosconfig';

/** Fails to compile unless `A` and `B` are the same type. */
function same<A, B>(_proof: [A] extends [B] ? ([B] extends [A] ? true : false) : false): void {}

export async function check(talos: TalosClient, node: TalosNode): Promise<void> {
  // Replies have no envelope, acknowledgements nothing at all.
  same<ReturnType<ReturnType<typeof etcd>['memberList']>, Promise<EtcdMembers>>(true);
  const { members } = await etcd(node).memberList();
  for (const member of members) same<typeof member.id, bigint>(true);
  same<ReturnType<ReturnType<typeof etcd>['defragment']>, Promise<void>>(true);
  same<ReturnType<ReturnType<typeof etcd>['snapshot']>, TalosStream<Uint8Array>>(true);
  const bytes = await collectBytes(etcd(node).snapshot({}));
  same<typeof bytes, Uint8Array>(true);

  // The client and a node are targets, a set of nodes is not.
  etcd(talos);
  etcd(node);
  // @ts-expect-error: fan out with each or merge
  etcd(talos.nodes());

  // A string would be the set of its letters.
  talos.nodes(['10.0.0.2']);
  talos.nodes(new Set(['10.0.0.2']));
  // @ts-expect-error: a list of nodes
  talos.nodes('10.0.0.2');

  // Reads need no request; what acts must be stated.
  await system(node).version();
  // @ts-expect-error: reset without a request would wipe all disks
  lifecycle(node).reset();
  // @ts-expect-error: mode, reboot and the partitions are missing
  lifecycle(node).reset({ graceful: true });
  // @ts-expect-error: the default mode is refused by Talos
  configuration(node).apply({ data: new Uint8Array() });
  await configuration(node).apply({ data: new Uint8Array(), mode: 'NO_REBOOT' });
  // @ts-expect-error: the method of the wipe must be stated
  storage(node).blockDeviceWipe({ devices: [{ device: 'sda' }] });
  // @ts-expect-error: nothing to read without a path
  files(node).read();
  // @ts-expect-error: 0 lines is what an unset tailLines means
  logs(node).logs({ namespace: 'system', id: 'apid' });

  // Enums are the names of the contract, and numbers it does not know yet.
  await lifecycle(node).reboot({ mode: 'FORCE' });
  await lifecycle(node).reboot({ mode: 7 });
  // @ts-expect-error: no such mode
  await lifecycle(node).reboot({ mode: 'FROCE' });

  // 64-bit numbers are bigint.
  await etcd(node).removeMemberById({ memberId: 1n });
  // @ts-expect-error: a number would lose the upper bits
  await etcd(node).removeMemberById({ memberId: 1 });

  // A oneof has one case at a time.
  debug(node).containerRun([{ request: { case: 'stdinData', value: new Uint8Array() } }]);
  // @ts-expect-error: the value of another case
  debug(node).containerRun([{ request: { case: 'stdinData', value: 'text' } }]);

  // Uploads take bytes.
  await etcd(node).recover([new Uint8Array()]);
  // @ts-expect-error: the messages around the bytes are the library's business
  await etcd(node).recover([{ bytes: new Uint8Array() }]);

  // A fan-out gives a value or an error, and the compiler asks which.
  const results = await talos.nodes().each((each) => system(each).version());
  same<
    typeof results,
    readonly NodeResult<Awaited<ReturnType<ReturnType<typeof system>['version']>>>[]
  >(true);
  for (const result of results) {
    // @ts-expect-error: it may have failed
    result.value;
    if (result.ok) result.value.version?.tag;
    else result.error;
  }
}

export async function connect(): Promise<void> {
  createTalosClient({ endpoints: ['127.0.0.1'], credentials: plaintext() });
  createTalosClient(await loadTalosconfig());
  // @ts-expect-error: credentials are missing
  createTalosClient({ endpoints: ['127.0.0.1'] });
  // @ts-expect-error: nothing says where to connect
  createTalosClient({});
}

/** Users write features of their own with the same signature. */
export function memberCount(target: Target): Promise<number> {
  return etcd(target)
    .memberList()
    .then(({ members }) => members.length);
}
