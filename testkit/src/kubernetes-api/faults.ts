import type { Cluster } from '../base/machine.js';
import { defineTopic } from '../base/topic.js';
import type { ApiProblem } from './problem.js';

/** Which requests a fault hits; without anything, all. */
export interface KubernetesRequests {
  /** Such as `POST`. */
  readonly method?: string | undefined;
  /** What the path is to match: the whole of it before the query, or a pattern. */
  readonly path?: string | RegExp | undefined;
  /** How many requests it hits. Default: all, until it is taken back. */
  readonly times?: number | undefined;
}

/** What goes wrong with a request. */
export type KubernetesFault =
  | { readonly kind: 'refuse'; readonly problem: ApiProblem }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'drop'; readonly when: 'before' | 'after' };

interface Rule extends KubernetesRequests {
  readonly fault: KubernetesFault;
  left: number;
}

/** The faults of the Kubernetes API of a cluster. */
export class KubernetesFaults {
  readonly #rules = new Set<Rule>();

  /** Adds a fault; the function takes it back. */
  add(requests: KubernetesRequests, fault: KubernetesFault): () => void {
    const rule = { ...requests, fault, left: requests.times ?? Infinity };
    this.#rules.add(rule);
    return () => this.#rules.delete(rule);
  }

  /** The faults that hit a request now; each counts as used. */
  take(method: string, path: string): readonly KubernetesFault[] {
    const bare = path.split('?')[0] ?? '';
    const hit = [...this.#rules].filter(
      (rule) =>
        (rule.method === undefined || rule.method === method) &&
        (rule.path === undefined ||
          (typeof rule.path === 'string' ? rule.path === bare : rule.path.test(path))),
    );
    for (const rule of hit) {
      rule.left -= 1;
      if (rule.left <= 0) this.#rules.delete(rule);
    }
    return hit.map(({ fault }) => fault);
  }

  /** Takes all faults back. */
  clear(): void {
    this.#rules.clear();
  }
}

export const kubernetesFaults = defineTopic({
  name: 'kubernetes-faults',
  lifetime: 'always',
  create: (_: Cluster) => new KubernetesFaults(),
});
