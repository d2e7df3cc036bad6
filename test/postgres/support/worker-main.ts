// A worker as a process of its own: does what it is told over IPC.
import { dbosRunner } from '../../../src/fleet/dbos/index.js';
import type { Json } from '../../../src/fleet/json.js';
import type { FleetRun, FleetRunner } from '../../../src/fleet/runner.js';
import { testFlows } from './flows.js';
import { watchNetwork } from './network.js';
import type { Answer, Call, WorkerSettings } from './worker.js';

const { version, ...options } = JSON.parse(
  process.env.TALOS_CLIENT_TEST_OPTIONS ?? '{}',
) as WorkerSettings;
const network = watchNetwork();
const lines: string[] = [];
const write = (level: string) => (fields: object, message: string) => {
  lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
};
const logger = {
  debug: write('debug'),
  info: write('info'),
  warn: write('warn'),
  error: write('error'),
};

let runner: FleetRunner | undefined;

async function run(id: string): Promise<FleetRun<Json>> {
  const found = await runner?.get(id);
  if (found === undefined) throw new Error(`there is no run ${id}`);
  return found;
}

const calls: { readonly [name: string]: (...given: never[]) => Promise<unknown> } = {
  async open() {
    runner = await dbosRunner({ ...options, flows: testFlows(version), logger });
  },
  async start(name: string, input: never, id: string) {
    const flow = testFlows(version).find((each) => each.name === name);
    await runner?.start(flow as never, input, { id });
  },
  status: async (id: string) => (await run(id)).status(),
  rows: async (id: string) => (await run(id)).rows(),
  result: async (id: string) => (await run(id)).result(),
  cancel: async (id: string) => (await run(id)).cancel(),
  resume: async () => (await runner?.resume())?.map(({ id }) => id),
  close: async () => runner?.close(),
  lines: async () => lines,
  network: async () => network(),
};

process.on('message', async ({ number, name, given }: Call) => {
  const answer: Answer = { number };
  try {
    answer.value = await (calls[name] as (...given: unknown[]) => Promise<unknown>)(...given);
  } catch (error) {
    const { message, reason } = error as { message: string; reason?: string };
    answer.error = { message, ...(reason !== undefined && { reason }) };
  }
  process.send?.(answer);
});
process.on('disconnect', () => process.exit());
