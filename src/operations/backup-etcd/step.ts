/**
 * The steps of `backupEtcd`: a member is chosen, its snapshot copied and checked, and old snapshots are
 * removed.
 */
export type BackupEtcdStep = 'choose a member' | 'copy' | 'remove old ones';
