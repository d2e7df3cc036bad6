/** The protocols that the kernel has tables of sockets for. */
export type Protocol = 'tcp' | 'tcp6' | 'udp' | 'udp6' | 'udplite' | 'udplite6' | 'raw' | 'raw6';

/** One end of a connection. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}
