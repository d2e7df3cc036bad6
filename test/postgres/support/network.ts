import { Server, Socket } from 'node:net';

/** What a process does on the network: where it listens, and to which ports it connects. */
export interface Network {
  readonly listens: number;
  readonly ports: readonly number[];
}

/** Notes what is done on the network from now on. */
export function watchNetwork(): () => Network {
  let listens = 0;
  const ports = new Set<number>();
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: Server, ...given: unknown[]) {
    listens += 1;
    return listen.apply(this, given as never);
  } as typeof listen;
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function (this: Socket, ...given: unknown[]) {
    const [first] = given.flat() as [{ port?: number } | number];
    ports.add(Number(typeof first === 'object' ? first?.port : first));
    return connect.apply(this, given as never);
  } as typeof connect;
  return () => ({ listens, ports: [...ports] });
}
