import { stringify } from 'yaml';
import { isHarmless, isSecretName } from '../../../machine-config/compare/find-secrets.js';
import type { Target } from '../../../runtime/target.js';
import type { KubernetesApi, KubernetesCall } from '../../kubernetes/api.js';
import { withKubernetes } from '../../kubernetes/connect.js';
import type { Operation } from '../../run/operation.js';
import type { Collector } from './collector.js';

/** How long it may take to reach the Kubernetes API, and to list all of it. */
const MOST_MS = 120_000;
const REQUEST_MS = 60_000;

type Listed = { readonly items: readonly unknown[] } | { readonly error: unknown };

const lists = [
  ['nodes', 'NodeList', (api: KubernetesApi, call: KubernetesCall) => api.listNodes(call)],
  [
    'systemPods',
    'PodList',
    (api: KubernetesApi, call: KubernetesCall) => api.listPods({ namespace: 'kube-system' }, call),
  ],
] as const;

/**
 * The nodes of Kubernetes, and the pods of its own namespace. They are asked for here, since one
 * connection, and the kubeconfig that is made for it, serves for all.
 */
export async function kubernetesCollectors<Step extends string>(
  operation: Operation<Step>,
  target: Target,
  given: KubernetesApi | undefined,
): Promise<readonly Collector[]> {
  let listed: readonly Listed[];
  try {
    listed = await operation.within(MOST_MS, () =>
      withKubernetes(operation, target, given, async (api) => {
        const call = { signal: operation.signal, timeoutMs: REQUEST_MS };
        const asked = await Promise.allSettled(lists.map(([, , list]) => list(api, call)));
        return asked.map((each) =>
          each.status === 'fulfilled' ? { items: each.value } : { error: each.reason },
        );
      }),
    );
  } catch (error) {
    operation.signal.throwIfAborted();
    listed = lists.map(() => ({ error }));
  }
  return lists.map(([name, kind], index) => ({
    node: undefined,
    path: `kubernetesResources/${name}.yaml`,
    collect: () => documentOf(kind, listed[index] ?? { items: [] }),
  }));
}

async function* documentOf(kind: string, listed: Listed): AsyncGenerator<string, void, undefined> {
  if ('error' in listed) throw listed.error;
  yield `apiVersion: v1\nkind: ${kind}\nitems:${listed.items.length === 0 ? ' []' : ''}\n`;
  for (const item of listed.items) {
    yield stringify([withoutSecrets(item)], { lineWidth: 0, aliasDuplicateObjects: false });
  }
}

const REDACTED = '<redacted>';
/** Holds the whole object once more, as text. */
const COPY = 'kubectl.kubernetes.io/last-applied-configuration';

/** An object of Kubernetes without the values of variables whose names say that they are secret. */
function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const entries = Object.entries(value).map(
    ([key, inner]) => [key, withoutSecrets(inner)] as const,
  );
  const copy: Record<string, unknown> = Object.fromEntries(entries);
  if (COPY in copy) copy[COPY] = REDACTED;
  const { name, value: text } = copy;
  if (typeof name === 'string' && typeof text === 'string' && isSecretName(name)) {
    if (!isHarmless(text)) copy.value = REDACTED;
  }
  return copy;
}
