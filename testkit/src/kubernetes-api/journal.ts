import type { Cluster } from '../base/machine.js';
import { defineTopic } from '../base/topic.js';

/** A request that the Kubernetes API got. */
export interface KubernetesJournalEntry {
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  /** The name in the certificate of the client; absent when it showed none that counts. */
  readonly user: string | undefined;
  /** The node whose API server answered, by name. */
  readonly node: string;
  /** The HTTP status of the answer; absent while there is none, and when the connection was lost. */
  readonly status: number | undefined;
  /** When it came, in milliseconds since 1970 of the cluster's clock. */
  readonly at: number;
}

/** An entry while there is no answer yet. */
export type OpenJournalEntry = {
  -readonly [Key in keyof KubernetesJournalEntry]: KubernetesJournalEntry[Key];
};

/** How many requests are kept. */
const LIMIT = 10_000;

/** The requests that the Kubernetes API of a cluster got, in the order they came. */
export const kubernetesJournal = defineTopic({
  name: 'kubernetes-journal',
  lifetime: 'always',
  create: (_: Cluster) => {
    const entries: OpenJournalEntry[] = [];
    return {
      entries,
      add(entry: OpenJournalEntry): void {
        entries.push(entry);
        if (entries.length > LIMIT) entries.shift();
      },
    };
  },
});
