import { checkLastingTarget } from '../../reconnect/lasting-target.js';
import { described } from '../../runtime/arguments/described.js';
import { callback, record, text, texts } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import type { Credentials } from '../../runtime/credentials/credentials.js';
import { maintenance, systemRoots } from '../../runtime/credentials/index.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { siblingOf } from '../../runtime/fresh-target.js';
import { type Route, route, type TalosNode, type Target } from '../../runtime/target.js';

/** A machine in maintenance, without a configuration. */
export interface NewMachine {
  /** Where it is now, as host or `host:port`; the port is 50000 unless one is given. */
  readonly endpoint: string;
  /** The fingerprints of its key, as its console shows them: one of them has to fit. */
  readonly fingerprints?: readonly string[] | undefined;
  /**
   * In place of `fingerprints`: asked whether the machine with this key is the right one, as by a
   * person who looks at its console. The configuration goes to that key alone.
   */
  readonly trust?: ((fingerprint: string) => boolean | Promise<boolean>) | undefined;
  /**
   * How the node is reached when it has its configuration: `talos.node(address)` of a client with the
   * credentials of the cluster. The endpoint of that client may be the machine itself.
   */
  readonly node: TalosNode;
}

const shape: Shape<NewMachine> = {
  endpoint: text,
  fingerprints: texts('pmqmcgxtYMJSnwSVNBZzNbJ93LJYPMDxbNdkdKRzSNk='),
  trust: callback,
  node: record,
};

/**
 * Refuses what is no machine, and one whose key nobody compares.
 *
 * @throws {TalosConfigError}
 */
export function checkMachine(machine: NewMachine): void {
  checkOptions(machine, shape, 'provision', '{ endpoint, fingerprints, node }');
  const { endpoint, fingerprints, trust, node } = machine;
  if (typeof endpoint !== 'string' || endpoint === '') {
    throw new TalosConfigError(`endpoint: expected where it is, got ${described(endpoint)}`, {
      field: 'endpoint',
    });
  }
  checkLastingTarget(node, 'provision');
  if ((fingerprints === undefined) !== (trust === undefined)) return;
  const field = fingerprints === undefined ? 'fingerprints' : 'trust';
  throw new TalosConfigError(
    `${field}: name the fingerprints of the machine, or a function that is asked whether to trust one`,
    { field },
  );
}

/** A machine as everybody sees it who has no certificate of its cluster. */
export interface Stranger extends Target {
  close(): Promise<void>;
}

/** The machine, if it has one of these keys. */
export function pinned(machine: NewMachine, fingerprints: readonly string[]): Stranger {
  return stranger(machine, maintenance({ fingerprints }));
}

/** The machine for a look at its key: it is not trusted, so that nothing is sent. */
export function untrusted(machine: NewMachine): Stranger {
  return stranger(machine, systemRoots());
}

function stranger({ endpoint, node }: NewMachine, credentials: Credentials): Stranger {
  const own = node[route]();
  // The same carrier, proxy and observers as for the cluster; but the machine is no node of it yet.
  const transport = siblingOf(own.transport, { endpoints: [endpoint], credentials });
  const { node: _, ...metadata } = own.metadata as Record<string, string>;
  const through: Route = { ...own, transport, node: undefined, metadata };
  return {
    address: undefined,
    [route]: () => through,
    close: async () => transport.close(),
  };
}
