import { fromMs } from 'talos-client';
import type { ServiceStateEvent_Action } from '../../../generated/events.js';
import type { Machine } from '../../base/machine.js';
import type { Random } from '../../base/random.js';
import { type Pace, paceOf } from '../../base/time/pace.js';
import { Play, type Script } from '../../base/time/script.js';
import { defineTopic } from '../../base/topic.js';
import { events } from '../events/events.js';
import type { ServiceAction, ServiceDefinition } from './definition.js';
import { Service, type ServiceState } from './service.js';

/**
 * The services of a node. Those that the boot has loaded are there; each runs through its states in
 * the node's time, waits for the services it needs, and tells what happens as events. Notifies
 * `services`.
 *
 * @example
 * ```ts
 * if (machine.state(services).isUp('etcd')) …
 * machine.state(services).break('etcd', 'context deadline exceeded');
 * ```
 */
export class Services {
  readonly #machine: Machine;
  readonly #random: Random;
  readonly #services = new Map<string, Service>();
  readonly #stopListening: () => void;
  /** What tests have health checks say, by service. */
  readonly #broken = new Map<string, string>();
  #nextPid = 1100;

  constructor(machine: Machine) {
    this.#machine = machine;
    this.#random = machine.random.fork(`services/${machine.boots}`);
    this.#stopListening = machine.onChange((topic) => {
      if (topic !== 'services') this.#lookAtHealth();
    });
  }

  /** All services, by id. */
  list(): readonly Service[] {
    return [...this.#services.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** A service that the node has loaded. */
  find(id: string): Service | undefined {
    return this.#services.get(id);
  }

  isRunning(id: string): boolean {
    return this.find(id)?.isRunning ?? false;
  }

  /** Whether it runs and is healthy, as far as that is checked. */
  isUp(id: string): boolean {
    return this.find(id)?.isUp ?? false;
  }

  /** Adds a service and starts it. */
  load(definition: ServiceDefinition): void {
    if (this.#services.has(definition.id)) return;
    this.#services.set(definition.id, new Service(definition));
    this.startService(definition.id);
  }

  /** Starts a service that has ended, or never began. Nothing happens to any other. */
  startService(id: string): void {
    const service = this.find(id);
    if (service?.isDown === true) this.#play(service, this.#starting(service));
  }

  /** Stops a service, whatever it is doing. */
  stopService(id: string): void {
    const service = this.find(id);
    if (service === undefined || service.isDown || service.state === 'Stopping') return;
    this.#play(service, this.#stopping(service));
  }

  /** Stops a service and starts it again. */
  restartService(id: string): void {
    const service = this.find(id);
    if (service === undefined) return;
    const stop = service.isDown ? undefined : this.#stopping(service);
    const start = this.#starting(service);
    this.#play(
      service,
      (function* () {
        if (stop !== undefined) yield* stop;
        yield* start;
      })(),
    );
  }

  /**
   * Does what a caller of the API asked for.
   *
   * @throws {Error} when there is no such service, or it is not the callers' to control.
   */
  control(id: string, action: ServiceAction): void {
    const service = this.find(id);
    if (service === undefined) throw new Error(`service "${id}" not defined`);
    if (!service.definition.actions.includes(action)) {
      throw new Error(`service "${id}" doesn't support ${action} operation via API`);
    }
    this[`${action}Service`](id);
  }

  /** Has a service end with an error; it is started again after a while, as on a real node. */
  crash(id: string, reason = 'exit code 1'): void {
    const service = this.#known(id);
    if (!service.isRunning) return;
    this.#play(service, this.#crashing(service, reason));
  }

  /** Has the health checks of a service fail until `mend`, whatever else is the case. */
  break(id: string, message: string): void {
    const service = this.#known(id);
    if (!service.definition.checked) throw new RangeError(`service ${id} has no health checks`);
    this.#broken.set(id, message);
    if (!service.health.unknown) this.#check(service);
  }

  /** Ends what `break` did. */
  mend(id: string): void {
    const service = this.#known(id);
    if (this.#broken.delete(id) && !service.health.unknown) this.#check(service);
  }

  #known(id: string): Service {
    const service = this.find(id);
    if (service !== undefined) return service;
    const ids = this.list().map((one) => one.id);
    throw new RangeError(`the node has no service ${JSON.stringify(id)}; it has ${ids.join(', ')}`);
  }

  /** Tells what a health check of a running service found. */
  setHealth(id: string, healthy: boolean, message = ''): void {
    const service = this.find(id);
    if (service === undefined || !service.isRunning) return;
    const { health } = service;
    if (!health.unknown && health.healthy === healthy && health.message === message) return;
    service.health = {
      unknown: false,
      healthy,
      message,
      changedAt: this.#machine.clock.now(),
    };
    this.#note(
      service,
      'Running',
      healthy ? 'Health check successful' : `Health check failed: ${message}`,
    );
  }

  *#starting(service: Service): Script {
    const { definition } = service;
    service.forgetHealth();
    this.#note(service, 'Starting', 'Starting service');
    let missing = this.#missing(definition);
    while (missing.length > 0) {
      const names = missing.map((id) => `service "${id}" to be "up"`).join(', ');
      this.#note(service, 'Waiting', `Waiting for ${names}`);
      const count = missing.length;
      yield () => this.#missing(definition).length < count;
      missing = this.#missing(definition);
    }
    this.#note(service, 'Preparing', 'Running pre state');
    yield this.#time('prepare');
    const problem = yield* this.#prepared(definition);
    if (problem !== undefined) {
      this.#note(service, 'Failed', `Failed to run pre stage: ${problem}`);
      return;
    }
    this.#note(service, 'Preparing', 'Creating service runner');
    yield this.#time('start');
    yield* this.#running(service);
  }

  /** Waits until a service may start; gives what keeps it from ever doing so. */
  *#prepared({ prepared }: ServiceDefinition): Script<string | undefined> {
    if (prepared === undefined) return undefined;
    let problem: string | undefined;
    yield () => {
      try {
        return prepared(this.#machine);
      } catch (cause) {
        problem = cause instanceof Error ? cause.message : String(cause);
        return true;
      }
    };
    return problem;
  }

  *#running(service: Service): Script {
    const { definition } = service;
    definition.onRunning?.(this.#machine);
    service.startedAt = this.#machine.clock.now();
    this.#note(service, 'Running', this.#started(service));
    if (!definition.checked) return;
    yield this.#time('healthy');
    this.#check(service);
  }

  *#stopping(service: Service): Script {
    const { pid, definition } = service;
    definition.onEnding?.(this.#machine);
    service.forgetHealth();
    const what = definition.runner === 'container' ? `task ${service.id} (PID ${pid})` : service.id;
    this.#note(
      service,
      'Stopping',
      pid === undefined ? 'Service is being stopped' : `Sending SIGTERM to ${what}`,
    );
    yield this.#time('stop');
    this.#ended(service);
    this.#note(service, 'Finished', 'Service finished successfully');
  }

  *#crashing(service: Service, reason: string): Script {
    this.#ended(service);
    this.#note(
      service,
      'Waiting',
      `Error running ${service.id}, going to restart forever: task "${service.id}" failed: ${reason}`,
    );
    yield RESTART_MS;
    yield* this.#running(service);
  }

  #ended(service: Service): void {
    service.pid = undefined;
    service.startedAt = undefined;
    service.forgetHealth();
  }

  #started(service: Service): string {
    const { id, definition } = service;
    if (definition.runner === 'goroutine') return 'Service started as goroutine';
    this.#nextPid += this.#random.int(3, 40);
    service.pid = this.#nextPid;
    return definition.runner === 'container'
      ? `Started task ${id} (PID ${service.pid}) for container ${id}`
      : `Process ${id} started with PID ${service.pid}`;
  }

  #play(service: Service, script: Script): void {
    service.play?.cancel();
    const play = new Play(this.#machine, script);
    service.play = play;
    play.begin();
  }

  /** The services that must be up before a service starts, and are not. */
  #missing({ after }: ServiceDefinition): readonly string[] {
    return after.filter((id) => !this.isUp(id));
  }

  #lookAtHealth(): void {
    for (const service of this.#services.values()) {
      if (service.definition.problem !== undefined && !service.health.unknown) this.#check(service);
    }
  }

  #check(service: Service): void {
    const problem = this.#broken.get(service.id) ?? service.definition.problem?.(this.#machine);
    this.setHealth(service.id, problem === undefined, problem);
  }

  #note(service: Service, state: ServiceState, message: string): void {
    const machine = this.#machine;
    const at = machine.clock.now();
    service.state = state;
    service.note({ state, message, at });
    const { unknown, healthy, message: lastMessage, changedAt } = service.health;
    machine.state(events).emit({
      case: 'serviceState',
      value: {
        service: service.id,
        action: state.toUpperCase() as ServiceStateEvent_Action,
        message,
        health: {
          unknown,
          healthy,
          lastMessage,
          lastChange: changedAt === undefined ? undefined : fromMs(changedAt),
        },
      },
    });
    machine.notify('services');
  }

  #time(what: Pace): number {
    return paceOf(what, this.#random);
  }

  /** Ends with the boot. */
  stop(): void {
    this.#stopListening();
    for (const { play } of this.#services.values()) play?.cancel();
  }
}

/** How long a service that crashed stays down. */
const RESTART_MS = 1_000;

/** The services of a node. */
export const services = defineTopic({
  name: 'services',
  lifetime: 'boot',
  create: (machine: Machine) => new Services(machine),
});
