import { type NodeResult, TalosRpcError } from 'talos-client';
import { cosi } from 'talos-client/cosi';
import { MachineType } from 'talos-client/cosi/config';
import { MachineStatus } from 'talos-client/cosi/runtime';
import { type ServiceInfo, services } from 'talos-client/services';
import { system } from 'talos-client/system';
import { errorText } from './error-text.js';
import type { StoryNodes } from './nodes.js';
import type { Screen } from './screen.js';

/** Asks all nodes for their versions. Resolves with the names of those that failed. */
export async function showVersions(
  screen: Screen,
  nodes: StoryNodes,
  title = 'Versions, side by side',
): Promise<readonly string[]> {
  screen.step(title);
  const results = await nodes.set.each((node) => system(node).version());
  return showRows(screen, nodes, {
    header: ['TALOS', 'PLATFORM', 'ARCH', 'BUILT WITH'],
    results,
    row: ({ version, platform }) => [
      version?.tag ?? '',
      `${platform?.name} (${platform?.mode})`,
      version?.arch ?? '',
      version?.goVersion ?? '',
    ],
  });
}

/** Asks all nodes for their services, one column a node. Resolves with those that failed. */
export async function showServices(screen: Screen, nodes: StoryNodes): Promise<readonly string[]> {
  screen.step('Services, one column a node');
  const results = await nodes.set.each((node) => services(node).list());
  const ids = new Set(
    results.flatMap((result) => (result.ok ? result.value.services.map(({ id }) => id) : [])),
  );
  const state = (result: (typeof results)[number], id: string) => {
    if (!result.ok) return '?';
    return serviceText(result.value.services.find((service) => service.id === id));
  };
  screen.table([
    ['SERVICE', ...results.map(({ node }) => nodes.nameOf(node))],
    ...[...ids].sort().map((id) => [id, ...results.map((result) => state(result, id))]),
  ]);
  return showFailures(screen, nodes, results);
}

function serviceText(service: ServiceInfo | undefined): string {
  if (service === undefined) return '-';
  const { state, health } = service;
  return state === 'Running' && health?.unknown === false && !health.healthy ? 'unhealthy' : state;
}

/** What the story ends with: all nodes as they are now. Resolves with those that failed. */
export async function showSummary(screen: Screen, nodes: StoryNodes): Promise<readonly string[]> {
  screen.step('All nodes, at the end');
  const results = await nodes.set.each(async (node) => {
    const [type, { version }, machine, { services: list }] = await Promise.all([
      cosi(node).get(MachineType),
      system(node).version(),
      cosi(node).get(MachineStatus),
      services(node).list(),
    ]);
    const up = list.filter((service) => serviceText(service) === 'Running');
    const { stage, status } = machine.spec;
    const ready = status.ready ? 'yes' : 'no';
    return [type.spec, version?.tag ?? '', stage, ready, `${up.length} running`];
  });
  return showRows(screen, nodes, {
    header: ['TYPE', 'TALOS', 'STAGE', 'READY', 'SERVICES'],
    results,
    row: (cells) => cells,
  });
}

interface Rows<T> {
  readonly header: readonly string[];
  readonly results: readonly NodeResult<T>[];
  readonly row: (value: T) => readonly string[];
}

/** One row a node, and below what went wrong. Resolves with the names of the nodes that failed. */
export function showRows<T>(
  screen: Screen,
  nodes: StoryNodes,
  { header, results, row }: Rows<T>,
): readonly string[] {
  screen.table([
    ['NODE', 'ADDRESS', ...header],
    ...results.map((result) => [
      nodes.nameOf(result.node),
      result.node,
      ...(result.ok ? row(result.value) : [statusOf(result.error)]),
    ]),
  ]);
  return showFailures(screen, nodes, results);
}

function statusOf(error: unknown): string {
  return error instanceof TalosRpcError ? error.status : 'failed';
}

function showFailures(
  screen: Screen,
  nodes: StoryNodes,
  results: readonly NodeResult<unknown>[],
): readonly string[] {
  const failed: string[] = [];
  for (const result of results) {
    if (result.ok) continue;
    const name = nodes.nameOf(result.node);
    failed.push(name);
    screen.node(name, errorText(result.error));
  }
  return failed;
}
