/**
 * The steps of `applyConfiguration`: the configurations of the node are read and compared with what is
 * to be, and sent; with the mode `TRY`, the node is then checked, and the configuration confirmed, or
 * waited for until it is gone.
 */
export type ApplyConfigurationStep =
  | 'read the configuration'
  | 'compare'
  | 'apply'
  | 'check'
  | 'confirm'
  | 'go back';
