import { route } from '../../runtime/target.js';
import type { Transport } from '../../runtime/transport.js';
import type { WatchSetup } from '../watch/watch-batches.js';
import { Informer } from './informer.js';

// biome-ignore lint/suspicious/noExplicitAny: the spec is that of the kind, which is compared.
type AnySetup = WatchSetup<any>;

/** An informer that several readers share. */
interface Shared {
  readonly key: string;
  // biome-ignore lint/suspicious/noExplicitAny: the spec is that of the kind, which is compared.
  readonly informer: Informer<any>;
  users: number;
}

const shared = /* @__PURE__ */ new WeakMap<Transport, Set<Shared>>();

/** A share of an informer. */
export interface Share<Spec> {
  readonly informer: Informer<Spec>;
  /** Gives the share back; the last one ends the watch. Does nothing the second time. */
  release(): void;
}

/**
 * A share of the informer of a kind on a node. Whoever asks for the same gets the same one, so that
 * the node is watched once.
 */
export function shareInformer<Spec>(setup: WatchSetup<Spec>): Share<Spec> {
  const { transport } = setup.node[route]();
  const all = shared.get(transport) ?? new Set();
  shared.set(transport, all);
  const key = keyOf(setup);
  let found = [...all].find((entry) => entry.key === key && isFor(entry.informer, setup));
  if (found === undefined) {
    found = { key, informer: new Informer(setup), users: 0 };
    all.add(found);
  }
  const entry = found;
  entry.users += 1;
  let released = false;
  return {
    informer: entry.informer,
    release() {
      if (released) return;
      released = true;
      entry.users -= 1;
      if (entry.users > 0) return;
      all.delete(entry);
      entry.informer.stop();
    },
  };
}

function keyOf({ node, kind, namespace, id, query }: AnySetup): string {
  const { node: address, metadata } = node[route]();
  return JSON.stringify([address, metadata, namespace, kind.type, id, query]);
}

/** Whether an informer reads the same specs, and lives as long as the target may be used. */
function isFor({ setup, failure }: Informer<unknown>, wanted: AnySetup): boolean {
  return (
    failure === undefined &&
    setup.kind.spec === wanted.kind.spec &&
    setup.where === wanted.where &&
    setup.node[route]().signal === wanted.node[route]().signal
  );
}
