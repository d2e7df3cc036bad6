import type { ContainersMethods } from 'talos-client/containers';
import type { HandlersOf } from '../base/calls/rpc.js';
import { containers } from '../topics/containers/containers.js';
import { findContainer, showContainers, statOf } from '../topics/containers/inspect.js';

/** The containers of both container runtimes, and what they use. */
export const containersHandlers: HandlersOf<ContainersMethods> = {
  list: ({ machine }, request) => ({
    containers: showContainers(machine, request).map(({ info }) => info),
  }),

  stats: ({ machine }, request) => ({
    stats: showContainers(machine, request).flatMap((shown) => statOf(shown) ?? []),
  }),

  restart({ machine }, request) {
    const { container, pod } = findContainer(machine, request, request.id);
    const state = machine.state(containers);
    if (pod === undefined) state.restartService(container.internalId);
    else state.restart(pod, container.name);
  },
};
