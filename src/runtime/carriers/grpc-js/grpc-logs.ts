import { setLogger } from '@grpc/grpc-js';

let replaced = false;

/**
 * Drops the lines that grpc-js writes to stderr when a node refuses keepalive PINGs. The library
 * handles that itself, and users can do nothing about it. All other lines stay.
 *
 * The whole process shares one logger of grpc-js. So it is not replaced when the environment asks
 * for logs, and replaced only once: a logger that the application sets later stays.
 */
export function quietGrpcLogs(environment: NodeJS.ProcessEnv = process.env): void {
  const asked = ['VERBOSITY', 'TRACE'].some(
    (name) => environment[`GRPC_NODE_${name}`] || environment[`GRPC_${name}`],
  );
  if (replaced || asked) return;
  replaced = true;
  setLogger({
    error: (message: unknown, ...rest: unknown[]) => {
      if (!/because of excess pings/.test(String(message))) console.error(`E ${message}`, ...rest);
    },
  });
}
