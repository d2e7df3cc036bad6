import { setLogger } from '@grpc/grpc-js';

let replaced = false;

/**
 * Drops the lines that grpc-js writes to stderr when a node refuses keepalive pings: the library
 * copes with that, and the lines are grpc-js' only ones at its default verbosity that its users
 * cannot act upon. All other lines stay as they were.
 *
 * The logger of grpc-js is one for the whole process. So it is left alone when the environment asks
 * for logs, and replaced only once: a logger that the application sets afterwards stays.
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
