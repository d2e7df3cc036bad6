import { fromMs } from 'talos-client';
import type { ServicesMethods } from 'talos-client/services';
import type { Service } from '../machine/services/service.js';
import { services } from '../machine/services/services.js';
import type { HandlersOf } from '../rpc.js';

/** The services of a node, and the few of them that callers control. */
export const servicesHandlers: HandlersOf<ServicesMethods> = {
  list: ({ machine }) => ({ services: machine.state(services).list().map(serviceInfo) }),

  start({ machine }, { id }) {
    machine.state(services).control(id, 'start');
    return { resp: `Service "${id}" started` };
  },

  async stop({ machine, node, signal }, { id }) {
    const state = machine.state(services);
    state.control(id, 'stop');
    await node.until(() => state.find(id)?.isDown !== false, signal);
    return { resp: `Service "${id}" stopped` };
  },

  restart({ machine }, { id }) {
    machine.state(services).control(id, 'restart');
    return { resp: `Service "${id}" restarted` };
  },
};

function serviceInfo({ id, state, history, health }: Service) {
  return {
    id,
    state,
    events: {
      events: history.map((entry) => ({
        state: entry.state,
        msg: entry.message,
        ts: fromMs(entry.at),
      })),
    },
    health: {
      unknown: health.unknown,
      healthy: health.healthy,
      lastMessage: health.message,
      lastChange: health.changedAt === undefined ? undefined : fromMs(health.changedAt),
    },
  };
}
