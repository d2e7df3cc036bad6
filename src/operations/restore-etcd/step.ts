/**
 * The steps of `restoreEtcd`: the file is checked, the node and the other control planes are looked
 * at, the snapshot is sent to the node, etcd is begun from it, and it is waited for until it is healthy.
 */
export type RestoreEtcdStep =
  | 'check the snapshot'
  | 'look at the node'
  | 'look at the others'
  | 'upload'
  | 'bootstrap'
  | 'wait for etcd';
