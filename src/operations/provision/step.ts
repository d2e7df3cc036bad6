/**
 * The steps of `provision`: the machine is reached and its key compared, its configuration checked and
 * sent, and it is waited for until it answers as a node of its cluster.
 */
export type ProvisionStep =
  | 'reach the machine'
  | 'check the configuration'
  | 'send the configuration'
  | 'wait for the node';
