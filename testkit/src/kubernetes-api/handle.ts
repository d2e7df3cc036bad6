import { ConnectionLost } from '../base/calls/status.js';
import type { Machine } from '../base/machine.js';
import { sleep } from '../base/time/clock.js';
import { kubernetesFaults } from './faults.js';
import { kubernetesJournal, type OpenJournalEntry } from './journal.js';
import type { KubernetesReply, KubernetesRequest } from './request.js';
import { serveKubernetes } from './serve.js';

/**
 * Takes a request to the API server of a node, with the faults on the way.
 *
 * @throws {ConnectionLost} when the connection is to be torn down instead of an answer.
 */
export async function handleKubernetes(
  machine: Machine,
  request: KubernetesRequest,
): Promise<KubernetesReply> {
  const { cluster } = machine;
  const { method, path, caller, signal } = request;
  const entry: OpenJournalEntry = {
    method,
    path,
    user: caller?.user,
    node: machine.name,
    status: undefined,
    at: cluster.clock.now(),
  };
  cluster.state(kubernetesJournal).add(entry);
  let lost = false;
  for (const fault of cluster.state(kubernetesFaults).take(method, path)) {
    if (fault.kind === 'delay') {
      await sleep(cluster.clock, fault.ms, signal);
    } else if (fault.kind === 'refuse') {
      const reply = fault.problem.reply();
      entry.status = reply.status;
      return reply;
    } else if (fault.when === 'before') {
      throw new ConnectionLost();
    } else {
      lost = true;
    }
  }
  const reply = serveKubernetes(machine, request);
  if (lost) throw new ConnectionLost();
  entry.status = reply.status;
  return reply;
}
