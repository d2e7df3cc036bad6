import { type ContainerInfo, containers } from '../../../../generated/features/containers.js';
import { files } from '../../../../generated/features/files.js';
import { type LogsRequest, logs } from '../../../../generated/features/logs.js';
import { services } from '../../../../generated/features/services.js';
import { system } from '../../../../generated/features/system.js';
import type { TalosNode } from '../../../runtime/target.js';
import { serviceState } from '../render/service-state.js';
import { ioTable, mountsTable, processesTable, summaryText } from '../render/tables.js';
import {
  type Collector,
  type CollectorCall,
  type CollectorFailure,
  pathPart,
  SILENCE_MS,
} from './collector.js';
import { dependencies } from './dependencies.js';
import { resourceCollectors } from './resource-collectors.js';

type Ask = Collector['collect'];

/** What there is to collect of every node. */
function baseCollectors(node: TalosNode): readonly Collector[] {
  const unary = (call: CollectorCall) => ({ ...call, timeoutMs: SILENCE_MS });
  const asked: Readonly<Record<string, Ask>> = {
    'dmesg.log': (call) => logs(node).dmesg({}, streaming(call)),
    'controller-runtime.log': systemLog(node, 'controller-runtime'),
    'dns-resolve-cache.log': systemLog(node, 'dns-resolve-cache'),
    'dependencies.dot': (call) => dependencies(node, call),
    mounts: text(async (call) => mountsTable(await files(node).mounts({}, unary(call)))),
    devices: (call) => files(node).read({ path: '/proc/bus/pci/devices' }, streaming(call)),
    io: text(async (call) => ioTable(await system(node).diskStats({}, unary(call)))),
    processes: text(async (call) => processesTable(await system(node).processes({}, unary(call)))),
    summary: text(async (call) => {
      const { version } = await system(node).version({}, unary(call));
      return summaryText(version);
    }),
  };
  return Object.entries(asked).map(([path, collect]) => of(node, path, collect));
}

/**
 * What there is to collect of a node, and what of it could not be found out.
 *
 * @param now milliseconds since 1970, for the ages of events
 */
export async function nodeCollectors(
  node: TalosNode,
  call: CollectorCall,
  now: number,
): Promise<{
  readonly collectors: readonly Collector[];
  readonly failures: readonly CollectorFailure[];
}> {
  const base = baseCollectors(node);
  const asked = await Promise.allSettled([
    resourceCollectors(node, call),
    containerCollectors(node, call),
    serviceCollectors(node, call, now),
  ]);
  call.signal.throwIfAborted();
  const folders = ['resources/', 'kubernetes-logs/', 'service-logs/'];
  const failures = asked.flatMap((each, index) => {
    const path = `${pathPart(node.address)}/${folders[index]}`;
    return each.status === 'fulfilled' ? [] : [{ node: node.address, path, error: each.reason }];
  });
  const found = asked.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  return { collectors: [...base, ...found], failures };
}

/** The log of each service, and how it is. */
async function serviceCollectors(
  node: TalosNode,
  call: CollectorCall,
  now: number,
): Promise<readonly Collector[]> {
  const list = await services(node).list({}, { ...call, timeoutMs: SILENCE_MS });
  return list.services.flatMap((service) => {
    const name = `service-logs/${pathPart(service.id)}`;
    return [
      of(node, `${name}.log`, systemLog(node, service.id)),
      of(
        node,
        `${name}.state`,
        text(async () => serviceState(service, now)),
      ),
    ];
  });
}

/** The logs of the containers of the namespace `kube-system`, one file each. */
async function containerCollectors(
  node: TalosNode,
  call: CollectorCall,
): Promise<readonly Collector[]> {
  const place = { namespace: 'k8s.io', driver: 'CRI' } as const;
  const list = await containers(node).list(place, { ...call, timeoutMs: SILENCE_MS });
  const found = list.containers.filter(
    ({ podId, status, id }) =>
      podId.startsWith('kube-system/') && status !== 'SANDBOX_READY' && id !== podId,
  );
  const paths = found.map(containerPath);
  return found.map((container, index) => {
    const path = paths[index] ?? '';
    // A container that was restarted is there several times.
    const isAlone = paths.filter((each) => each === path).length === 1;
    const short = container.internalId.slice(0, 12);
    const unique = isAlone ? path : path.replace(/\.log$/, `-${pathPart(short)}.log`);
    const request = { ...place, id: container.id, tailLines: -1 };
    return of(node, unique, log(node, request));
  });
}

function containerPath({ podId, name, pid }: ContainerInfo): string {
  const pod = podId.slice(podId.indexOf('/') + 1);
  const exited = pid === 0 ? '-exited' : '';
  return `kubernetes-logs/kube-system/${pathPart(pod)}-${pathPart(name)}${exited}.log`;
}

function systemLog(node: TalosNode, id: string): Ask {
  return log(node, { namespace: 'system', driver: 'CONTAINERD', id, tailLines: -1 });
}

function log(
  node: TalosNode,
  request: Pick<LogsRequest, 'namespace' | 'driver' | 'id' | 'tailLines'>,
): Ask {
  return (call) => logs(node).logs({ ...request, follow: false }, streaming(call));
}

function streaming(call: CollectorCall) {
  return { ...call, idleTimeoutMs: SILENCE_MS };
}

function of(node: TalosNode, path: string, collect: Ask): Collector {
  return { node: node.address, path: `${pathPart(node.address)}/${path}`, collect };
}

function text(ask: (call: CollectorCall) => Promise<string>): Ask {
  return async function* (call) {
    yield await ask(call);
  };
}
