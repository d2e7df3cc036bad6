/** The errors of etcd that callers see, by its texts. Talos passes them on as `unknown`. */
export const etcdErrors = {
  noLeader: 'etcdserver: no leader',
  timeout: 'etcdserver: request timed out',
  leaderTransfer: 'etcdserver: request timed out, leader transfer took too long',
  badTransferee: 'etcdserver: bad leader transferee',
  memberNotFound: 'etcdserver: member not found',
  notEnoughStarted: 'etcdserver: re-configuration failed due to not enough started members',
  unhealthy: 'etcdserver: unhealthy cluster',
  learner: 'etcdserver: rpc not supported for learner',
  corrupt: 'etcdserver: corrupt cluster',
  downgradeTarget: 'etcdserver: invalid downgrade target version',
  downgradeRunning: 'etcdserver: cluster has a downgrade job in progress',
  noDowngrade: 'etcdserver: no inflight downgrade job',
  deadline: 'context deadline exceeded',
} as const;

/** What kind of error it is. */
export type EtcdProblem = keyof typeof etcdErrors;

/** A request that etcd refused or could not serve. */
export class EtcdError extends Error {
  override readonly name = 'EtcdError';
  readonly problem: EtcdProblem;

  /** `doing` says what failed, as Talos puts it before the text of etcd. */
  constructor(problem: EtcdProblem, doing?: string) {
    const text = etcdErrors[problem];
    super(doing === undefined ? text : `${doing}: ${text}`);
    this.problem = problem;
  }
}
