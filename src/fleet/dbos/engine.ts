import { DBOSClient, type WorkflowStatus } from '@dbos-inc/dbos-sdk';
import { lineOf } from '../engine/is-within.js';
import type { FlowFailure } from '../flow.js';
import type { Database } from '../postgres/database.js';
import type { PostgresEngine } from '../postgres/engine.js';
import type { NewFlow } from '../postgres/flows.js';
import { HoldTable } from '../postgres/holds.js';
import type { DbosLogger } from './log.js';

/** The name under which DBOS keeps the workflows, apart from those of other programs. */
export const APPLICATION = 'talos-client';

/** The levels of flows: runs, their children, and so on. */
const LEVELS = ['runs', 'children', 'grandchildren', 'below'] as const;

/**
 * A queue for each level of flows. Flows wait for flows of the next level, and for those that hold what
 * they are to work on. So a limit of each level never has those wait for a place that others wait for, where
 * flows that hold something, and those that they start, have places of their own. Below the last level
 * they may wait for each other, and it has no limit.
 */
export const QUEUES: readonly { readonly name: string; readonly hasLimit: boolean }[] = [
  ...LEVELS.map((level) => ({ name: queueNamed(level), hasLimit: level !== 'below' })),
  ...LEVELS.slice(0, -1).map((level) => ({ name: `${queueNamed(level)}-holding`, hasLimit: true })),
];

function queueNamed(level: (typeof LEVELS)[number]): string {
  return `${APPLICATION}-${level}`;
}

/** The queue of a flow, by the parts of its id, and by whether it or one above it holds something. */
function queueOf(id: string, isHolding: boolean): string {
  const level = LEVELS[Math.min(id.split('/').length, LEVELS.length) - 1] ?? 'below';
  return isHolding && level !== 'below' ? `${queueNamed(level)}-holding` : queueNamed(level);
}

/** What `DBOSClient` does here, over the connections of `database`. */
export class DbosEngine implements PostgresEngine {
  readonly #database: Database;
  readonly #client: DBOSClient;
  readonly #holds: HoldTable;

  private constructor(database: Database, client: DBOSClient) {
    this.#database = database;
    this.#client = client;
    this.#holds = new HoldTable(database);
  }

  static async create(database: Database, logger: DbosLogger): Promise<DbosEngine> {
    const client = await DBOSClient.create({
      systemDatabaseUrl: POOLED,
      systemDatabasePool: database.pool,
      applicationName: APPLICATION,
      logger,
    });
    return new DbosEngine(database, client);
  }

  async enqueue(flows: readonly NewFlow[], signal?: AbortSignal): Promise<void> {
    const known = new Set((await this.#list({ workflowIDs: idsOf(flows) }, signal)).map(idOf));
    const queueOfFlow = await this.#queues(idsOf(flows), signal);
    for (const { id, flow, release } of flows) {
      if (known.has(id)) continue;
      const options = {
        workflowID: id,
        workflowName: flow,
        queueName: queueOfFlow(id),
        appVersion: release,
      };
      await this.#database.outlive(() => this.#client.enqueue(options), signal);
    }
  }

  async stopped(
    ids: readonly string[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, FlowFailure>> {
    const found = await this.#list(
      { workflowIDs: [...ids], status: ['CANCELLED', 'ERROR', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED'] },
      signal,
    );
    return new Map(found.map((workflow) => [workflow.workflowID, failureOf(workflow)]));
  }

  /** Whether DBOS has this executor run the workflow. */
  async isOf(executor: string, id: string, signal: AbortSignal): Promise<boolean> {
    const running = await this.#list(
      { workflowIDs: [id], status: 'PENDING', executorId: executor },
      signal,
    );
    return running.length === 1;
  }

  /** Those that have workflows which run, or ran when they died. */
  async executors(signal?: AbortSignal): Promise<ReadonlySet<string>> {
    const running = await this.#list({ status: 'PENDING' }, signal);
    return new Set(running.flatMap(({ executorId }) => executorId || []));
  }

  /** The workflows that DBOS has an executor run. */
  async runningOn(executor: string, signal?: AbortSignal): Promise<readonly string[]> {
    return (await this.#list({ status: 'PENDING', executorId: executor }, signal)).map(idOf);
  }

  /** Has all workflows of an executor run again by whoever takes them. */
  async requeue(executor: string, signal?: AbortSignal): Promise<readonly string[]> {
    const left = await this.runningOn(executor, signal);
    await this.#resume(left, signal);
    return left;
  }

  /** Has one workflow run again. */
  requeueFlow(id: string, signal?: AbortSignal): Promise<void> {
    return this.#resume([id], signal);
  }

  close(): Promise<void> {
    return this.#client.destroy();
  }

  async #resume(ids: readonly string[], signal?: AbortSignal): Promise<void> {
    if (ids.length === 0) return;
    const queueOfFlow = await this.#queues(ids, signal);
    for (const { name: queueName } of QUEUES) {
      const some = ids.filter((id) => queueOfFlow(id) === queueName);
      if (some.length === 0) continue;
      await this.#database.outlive(() => this.#client.resumeWorkflows(some, { queueName }), signal);
    }
  }

  /** Tells the queue of each of these flows. */
  async #queues(ids: readonly string[], signal?: AbortSignal): Promise<(id: string) => string> {
    const holders = await this.#holds.holdersAmong([...new Set(ids.flatMap(lineOf))], signal);
    return (id) =>
      queueOf(
        id,
        lineOf(id).some((flow) => holders.has(flow)),
      );
  }

  #list(
    filter: Parameters<DBOSClient['listWorkflows']>[0],
    signal?: AbortSignal,
  ): Promise<readonly WorkflowStatus[]> {
    const less = { loadInput: false, loadOutput: false, applicationName: APPLICATION };
    return this.#database.outlive(() => this.#client.listWorkflows({ ...less, ...filter }), signal);
  }
}

/** DBOS wants a URL, and does not connect to it where it has a pool. */
export const POOLED = 'postgresql://pool@pool/talos_client';

function idsOf(flows: readonly NewFlow[]): string[] {
  return flows.map(({ id }) => id);
}

function idOf({ workflowID }: WorkflowStatus): string {
  return workflowID;
}

function failureOf({ status }: WorkflowStatus): FlowFailure {
  if (status === 'CANCELLED') {
    return {
      message: 'it was cancelled with the tools of DBOS',
      code: 'flow',
      reason: 'cancelled',
    };
  }
  return { message: `DBOS does not run it any more: ${status}` };
}
