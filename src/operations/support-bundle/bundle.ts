import { system } from '../../../generated/features/system.js';
import { PartFile } from '../../disk/part-file.js';
import { messageOf } from '../../runtime/errors/message-of.js';
import type { TalosNode, Target } from '../../runtime/target.js';
import type { KubernetesApi } from '../kubernetes/api.js';
import type { Operation } from '../run/operation.js';
import { type Collector, type CollectorFailure, pathPart } from './collect/collector.js';
import { kubernetesCollectors } from './collect/kubernetes-collectors.js';
import { nodeCollectors } from './collect/node-collectors.js';
import type { SupportBundleStep } from './step.js';
import type { Encrypt } from './write/encrypted.js';
import { writeFiles } from './write/write-files.js';
import { ZipWriter } from './zip/zip-writer.js';

/** What goes into a bundle, and where it goes. */
export interface BundleTask {
  readonly target: Target;
  readonly path: string;
  readonly nodes: readonly TalosNode[];
  readonly kubernetes: KubernetesApi | 'none' | undefined;
  readonly encrypt: Encrypt | undefined;
}

/** What is in a bundle. */
export interface Bundled {
  readonly bytes: number;
  readonly files: number;
  readonly failures: readonly CollectorFailure[];
}

/** How long a node has to say that it is there. */
const ANSWER_MS = 10_000;

/** Collects everything and saves it, as a whole or not at all. */
export async function writeBundle(
  operation: Operation<SupportBundleStep>,
  task: BundleTask,
): Promise<Bundled> {
  const now = Date.now();
  const file = await PartFile.create(task.path, now);
  try {
    const sink = task.encrypt === undefined ? undefined : await task.encrypt(file);
    const zip = new ZipWriter(sink ?? file, { now });
    operation.begin('ask nodes');
    const { collectors, failures } = await findCollectors(operation, task, now);
    operation.begin('collect');
    const more = await collect(operation, zip, task, collectors);
    const all = [...failures, ...more];
    if (all.length > 0) await zip.add('errors.txt', chunk(all.map(lineOf).join('')));
    operation.begin('save');
    await zip.finish();
    await sink?.end();
    await file.finish();
    return { bytes: zip.size, files: zip.entries, failures: all };
  } finally {
    await file.discard();
  }
}

/** What there is to collect: of Kubernetes, and of each node that answers. */
async function findCollectors(
  operation: Operation<SupportBundleStep>,
  { target, nodes, kubernetes }: BundleTask,
  now: number,
): Promise<{
  readonly collectors: readonly Collector[];
  readonly failures: readonly CollectorFailure[];
}> {
  const call = { signal: operation.signal };
  const ofKubernetes =
    kubernetes === 'none' ? [] : kubernetesCollectors(operation, target, kubernetes);
  const ofNodes = nodes.map(async (node) => {
    try {
      await system(node).version({}, { ...call, timeoutMs: ANSWER_MS });
    } catch (error) {
      call.signal.throwIfAborted();
      const failure = { node: node.address, path: `${pathPart(node.address)}/`, error };
      operation.tell({ type: 'note', node: node.address, text: lineOf(failure).trimEnd() });
      return { collectors: [], failures: [failure] };
    }
    return nodeCollectors(node, call, now);
  });
  const [cluster, ...found] = await Promise.all([ofKubernetes, ...ofNodes]);
  return {
    collectors: [...cluster, ...found.flatMap(({ collectors }) => collectors)],
    failures: found.flatMap(({ failures }) => failures),
  };
}

function collect(
  operation: Operation<SupportBundleStep>,
  zip: ZipWriter,
  { nodes }: BundleTask,
  collectors: readonly Collector[],
): Promise<readonly CollectorFailure[]> {
  const { signal } = operation;
  return writeFiles(collectors, {
    zip,
    signal,
    onFile({ node }, failure) {
      if (failure !== undefined) {
        operation.tell({ type: 'note', node, text: lineOf(failure).trimEnd() });
      }
      operation.tell({ type: 'bytes', node, bytes: zip.size, total: undefined });
    },
    async isThere(address) {
      const node = nodes.find((each) => each.address === address);
      if (node === undefined) return true;
      try {
        await system(node).version({}, { signal, timeoutMs: ANSWER_MS });
        return true;
      } catch {
        signal.throwIfAborted();
        return false;
      }
    },
  });
}

/** A failure as a line of `errors.txt`. */
function lineOf({ path, error }: CollectorFailure): string {
  return `${path}: ${messageOf(error)}\n`;
}

async function* chunk(text: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield Buffer.from(text);
}
