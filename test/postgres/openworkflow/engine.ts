import { OpenWorkflow } from 'openworkflow';
import { BackendPostgres } from 'openworkflow/postgres';
import { FlowTable } from '../../../src/fleet/engine/flow-table.js';
import type { Ended } from '../../../src/fleet/engine/memory.js';
import type { Flow, FlowFailure } from '../../../src/fleet/flow.js';
import { Database } from '../../../src/fleet/postgres/database.js';
import type { EngineRun, PostgresEngine } from '../../../src/fleet/postgres/engine.js';
import { Executions } from '../../../src/fleet/postgres/executions.js';
import type { NewFlow } from '../../../src/fleet/postgres/flows.js';
import { releaseOf } from '../../../src/fleet/postgres/release.js';
import { PostgresRunner } from '../../../src/fleet/postgres/runner.js';
import { migrate } from '../../../src/fleet/postgres/schema.js';
import { WorkerSession } from '../../../src/fleet/postgres/session.js';
import { silent } from '../../../src/fleet/postgres/silent.js';
import { Store } from '../../../src/fleet/postgres/store.js';
import { Wakeups } from '../../../src/fleet/postgres/wakeups.js';
import type { FleetRunner } from '../../../src/fleet/runner.js';
import { TalosFlowError } from '../../../src/runtime/errors/flow-error.js';

/** Attempts do not count: what ends a flow is in our tables. */
const always = {
  initialInterval: '100ms',
  backoffCoefficient: 1,
  maximumInterval: '1s',
  maximumAttempts: 0,
} as const;

/** The functions of `step` that are needed here. */
interface Step {
  run(
    config: { name: string; retryPolicy: typeof always },
    body: () => Promise<unknown>,
  ): Promise<unknown>;
  sleep(name: string, duration: '1h'): Promise<void>;
}

/** Brings flows to workers, each as a workflow whose input is the id of the flow. */
class OpenWorkflowEngine implements PostgresEngine {
  readonly #begin: (id: string) => Promise<unknown>;

  constructor(begin: (id: string) => Promise<unknown>) {
    this.#begin = begin;
  }

  async enqueue(flows: readonly NewFlow[]): Promise<void> {
    for (const { id } of flows) await this.#begin(id);
  }

  async stopped(): Promise<ReadonlyMap<string, FlowFailure>> {
    return new Map();
  }
}

/** What OpenWorkflow remembers of one of its runs. It goes by names alone, and flows by order too. */
class OpenWorkflowRun implements EngineRun {
  readonly #backend: BackendPostgres;
  readonly #run: string;
  readonly #id: string;
  readonly #step: Step;
  readonly #known: ReadonlyMap<number, string>;
  readonly #worker: string | null;
  #place = 0;

  private constructor(
    backend: BackendPostgres,
    run: string,
    id: string,
    step: Step,
    known: ReadonlyMap<number, string>,
    worker: string | null,
  ) {
    this.#backend = backend;
    this.#run = run;
    this.#id = id;
    this.#step = step;
    this.#known = known;
    this.#worker = worker;
  }

  static async open(
    backend: BackendPostgres,
    run: string,
    id: string,
    step: Step,
  ): Promise<OpenWorkflowRun> {
    const attempts = await backend.listStepAttempts({ workflowRunId: run, limit: 1000 });
    const names = attempts.data
      .filter(({ status }) => status === 'completed')
      .map(({ stepName }) => /^(\d+) (.*)$/s.exec(stepName) ?? ['', '', '']);
    const known = new Map(names.map(([, place, name]) => [Number(place), name ?? '']));
    const found = await backend.getWorkflowRun({ workflowRunId: run });
    return new OpenWorkflowRun(backend, run, id, step, known, found?.workerId ?? null);
  }

  async isOurs(): Promise<boolean> {
    const run = await this.#backend.getWorkflowRun({ workflowRunId: this.#run });
    return run?.status === 'running' && run.workerId === this.#worker;
  }

  async remember(name: string, body: () => Promise<Ended>): Promise<Ended> {
    const place = this.#place++;
    const before = this.#known.get(place);
    if (before !== undefined && before !== name) {
      throw new TalosFlowError(`the flow did ${before} here before`, {
        id: this.#id,
        step: name,
        reason: 'order',
      });
    }
    let stop: { readonly error: unknown } | undefined;
    const config = { name: `${place} ${name}`, retryPolicy: always };
    try {
      const text = await this.#step.run(config, async () => {
        try {
          return JSON.stringify(await body());
        } catch (error) {
          stop = { error };
          throw error;
        }
      });
      return JSON.parse(text as string) as Ended;
    } catch (error) {
      throw stop === undefined ? error : stop.error;
    }
  }
}

/** A runner over OpenWorkflow, with the tables and sessions of ours. */
export async function openWorkflowRunner(
  url: string,
  flows: readonly Flow[],
  worker: string,
): Promise<FleetRunner> {
  const database = new Database(url, 10, 30_000, silent);
  await migrate(database);
  const wakeups = new Wakeups();
  const known = new FlowTable(flows, 'openWorkflowRunner');
  const release = releaseOf(known.values());
  const session = await WorkerSession.open({
    database: url,
    worker,
    release,
    leaseMs: 30_000,
    wakeups,
    logger: silent,
  });
  const backend = await BackendPostgres.connect(url);
  const client = new OpenWorkflow({ backend });
  const workflow = client.defineWorkflow(
    { name: 'flow', retryPolicy: always },
    async ({ input, step, run }: { input: { id: string }; step: Step; run: { id: string } }) => {
      const engine = await OpenWorkflowRun.open(backend, run.id, input.id, step);
      const execution = await executions.run(input.id, engine);
      if (execution === 'stopped') await step.sleep('until somebody mends it', '1h');
      if (typeof execution === 'string') throw new Error(`the flow is ${execution}`);
      return execution.state;
    },
  );
  const engine = new OpenWorkflowEngine((id) => workflow.run({ id }, { idempotencyKey: id }));
  const store = new Store(known, database, session, wakeups, engine);
  const executions = new Executions(store, silent);
  const runs = client.newWorker({ concurrency: 20 });
  await runs.start();
  return new PostgresRunner({
    release,
    store,
    // Its workers take over by themselves, after their lease.
    takeUp: async () => {},
    async close(reason) {
      await executions.close(reason, 10_000);
      await runs.stop();
      await store.progress.flush();
      await session.close();
      await backend.stop();
      await database.close();
    },
  });
}
