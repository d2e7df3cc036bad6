import { MachineStatus } from '../../../generated/cosi/kinds/runtime.js';
import { cosi } from '../../cosi/cosi.js';
import { maintenance } from '../../runtime/credentials/index.js';
import { isTalosError } from '../../runtime/errors/any-error.js';
import { siblingOf } from '../../runtime/fresh-target.js';
import { type Route, route, type Target } from '../../runtime/target.js';
import { attempt } from '../run/attempt.js';
import type { Operation } from '../run/operation.js';

/** The fingerprint of no key: a machine shows its own, and is sent nothing. */
const NOBODY = `${'A'.repeat(43)}=`;

/** How long a machine may take to answer. Milliseconds. */
const LOOK_MS = 10_000;

/** What answers at the address of a machine. */
export interface MachineSeen {
  /** The fingerprint of its key; absent where several were pinned. */
  readonly fingerprint: string | undefined;
  /** Whether it has a key that was pinned. */
  readonly isPinned: boolean;
  /** Its stage, as far as it was asked: nothing is sent to a machine that is not trusted. */
  readonly stage: string | undefined;
}

/**
 * Looks at what answers directly at an endpoint, as a machine without configuration does. With pins,
 * only a machine that has one of the keys is asked anything; without, it only shows its key.
 *
 * @throws the error of the call when nothing answers, or something with another key than the pinned
 */
export function lookDirectly<Step extends string>(
  operation: Operation<Step>,
  node: Target,
  endpoint: string,
  fingerprints: readonly string[] | undefined,
): Promise<MachineSeen> {
  return attempt(operation, LOOK_MS, async (call) => {
    const credentials = maintenance({ fingerprints: fingerprints ?? [NOBODY] });
    const own = node[route]();
    const transport = siblingOf(own.transport, { endpoints: [endpoint], credentials });
    try {
      const direct = new DirectTarget({ ...own, transport, node: undefined, metadata: {} });
      const status = await cosi(direct).find(MachineStatus, undefined, call);
      const [fingerprint, ...others] = fingerprints ?? [];
      return {
        fingerprint: others.length === 0 ? fingerprint : undefined,
        isPinned: fingerprints !== undefined,
        stage: status?.spec.stage,
      };
    } catch (error) {
      // A key that is not pinned counts as a mistake of whoever pinned it.
      const shown =
        isTalosError(error) && error.code === 'config' ? error.peerFingerprint : undefined;
      if (shown === undefined || fingerprints !== undefined) throw error;
      return { fingerprint: shown, isPinned: false, stage: undefined };
    } finally {
      await transport.close();
    }
  });
}

/** A machine that is called without naming a node, since it passes nothing on. */
class DirectTarget implements Target {
  readonly address = undefined;
  readonly #route: Route;

  constructor(own: Route) {
    this.#route = own;
  }

  /** @internal */
  [route](): Route {
    return this.#route;
  }
}
