import { fromMs } from 'talos-client';
import type { ServicesMethods } from 'talos-client/services';
import type { HandlersOf } from '../base/calls/rpc.js';
import { untilHolds } from '../base/time/until.js';
import type { Service } from '../topics/services/service.js';
import { services } from '../topics/services/services.js';

/** The services of a node, and the few of them that callers control. */
export const servicesHandlers: HandlersOf<ServicesMethods> = {
  list: ({ machine }) => ({ services: machine.state(services).list().map(serviceInfo) }),

  start({ machine }, { id }) {
    machine.state(services).control(id, 'start');
    return { resp: `Service "${id}" started` };
  },

  async stop({ machine, signal }, { id }) {
    const state = machine.state(services);
    state.control(id, 'stop');
    await untilHolds(machine, () => state.find(id)?.isDown !== false, signal);
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
