import { flag } from '../../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../../runtime/arguments/options.js';
import {
  type AttemptMessage,
  type BreakerMessage,
  type CallMessage,
  type CertificateMessage,
  type ConnectionMessage,
  type EjectionMessage,
  type ObservedClient,
  type RetryMessage,
  type SubscribeOptions,
  type Subscriber,
  type Subscription,
  subscribe,
} from '../../runtime/diagnostics/index.js';
import { subscribeShape } from '../../runtime/diagnostics/subscribe.js';
import { TalosConfigError } from '../../runtime/errors/config-error.js';
import { TalosError } from '../../runtime/errors/talos-error.js';
import { problemOf, reasonOf } from '../attributes.js';

export type { SubscribeOptions, Subscription } from '../../runtime/diagnostics/index.js';

/** Takes lines: a logger of pino, `console`, or any object with these four functions. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** If there is one, it is asked whether lines of the level `debug` are wanted, as of pino. */
  isLevelEnabled?(level: string): boolean;
}

/** Where `logging` writes, and of which clients. */
export interface LoggingOptions extends SubscribeOptions {
  readonly logger: Logger;
  /**
   * Whether lines about failed calls have the words of nodes. Default: no, as nodes may quote what
   * was sent to them, such as lines of a configuration.
   */
  readonly nodeTexts?: boolean | undefined;
}

const optionsShape: Shape<LoggingOptions> = {
  ...subscribeShape,
  logger: (value) => {
    const logger = (value ?? {}) as Partial<Record<string, unknown>>;
    const levels = ['debug', 'info', 'warn', 'error'];
    return levels.every((level) => typeof logger[level] === 'function')
      ? undefined
      : 'a logger with debug, info, warn and error';
  },
  nodeTexts: flag,
};

/**
 * Writes lines about what the clients of this process do, until it is stopped.
 *
 * - `debug`: each attempt and each call that ended.
 * - `info`: connections that came and went, and endpoints and nodes that are back.
 * - `warn`: repeats, endpoints that are left out, nodes whose calls a breaker refuses, and client
 *   certificates that run out soon.
 * - `error`: endpoints that cannot be used until somebody mends something, such as a certificate
 *   that is not trusted. Callers may not see it, as their calls go to other endpoints.
 *
 * Lines have names, addresses, sizes, times and statuses; never metadata, requests or replies.
 *
 * @example
 * ```ts
 * import { pino } from 'pino';
 * using lines = logging({ logger: pino() });
 * ```
 * @throws {TalosConfigError} when an option cannot be used; the error names it
 */
export function logging(options: LoggingOptions): Subscription {
  checkOptions(options, optionsShape, 'logging', '{ logger: console }');
  const { logger, only, nodeTexts = false } = options;
  if (logger === undefined) {
    throw new TalosConfigError('logging: logger: expected a logger such as console, got none', {
      field: 'logger',
    });
  }
  return subscribe(new Lines(logger, nodeTexts), { only });
}

class Lines implements Subscriber {
  readonly #logger: Logger;
  readonly #nodeTexts: boolean;

  constructor(logger: Logger, nodeTexts: boolean) {
    this.#logger = logger;
    this.#nodeTexts = nodeTexts;
  }

  get #debugs(): boolean {
    return this.#logger.isLevelEnabled?.('debug') !== false;
  }

  attempt(attempt: AttemptMessage): void {
    if (attempt.state !== 'ended' || !this.#debugs) return;
    this.#logger.debug(attemptFields(attempt), 'attempt ended');
  }

  callEnded(call: CallMessage): void {
    if (!this.#debugs) return;
    const { attempts, endpoint, status, outcome, durationMs, sent, received, error } = call;
    const fields = known({
      ...callFields(call),
      endpoint,
      status,
      outcome,
      attempts,
      durationMs,
      sent,
      received,
      error: error instanceof TalosError ? error.name : undefined,
      reason: reasonOf(call, this.#nodeTexts),
    });
    this.#logger.debug(fields, 'call ended');
  }

  retry(retry: RetryMessage): void {
    const { call, endpoint, attempt, status, outcome, reason, delayMs } = retry;
    const fields = { ...callFields(call), endpoint, attempt, status, outcome, reason, delayMs };
    this.#logger.warn(known(fields), 'call is made again');
  }

  connection({ client, id, endpoint, state, error, ageMs }: ConnectionMessage): void {
    const fields = known({
      ...clientFields(client),
      endpoint,
      connection: id,
      ageMs,
      ...failureFields(error),
    });
    switch (state) {
      case 'ready':
        this.#logger.info(fields, 'connected');
        break;
      case 'lost':
        this.#logger.info(fields, 'connection lost');
        break;
      case 'failed':
        if (needsMending(error)) this.#logger.error(fields, 'endpoint cannot be used');
        else this.#logger.info(fields, 'connecting failed');
        break;
      default:
        this.#logger.debug(fields, `connection ${state}`);
    }
  }

  ejection(message: EjectionMessage): void {
    const fields = known({ ...clientFields(message.client), endpoint: message.endpoint });
    if (message.state === 'ejected') {
      const { forMs, failures, error } = message;
      const why = known({ ...fields, forMs, failures, ...failureFields(error) });
      this.#logger.warn(why, 'endpoint is left out');
    } else if (message.state === 'probing') {
      this.#logger.debug(fields, 'endpoint is probed');
    } else {
      this.#logger.info(fields, 'endpoint is back');
    }
  }

  certificate({ client, certificate, leftMs }: CertificateMessage): void {
    const { subject, notAfter } = certificate;
    const fields = { ...clientFields(client), subject, notAfter: notAfter.toISOString(), leftMs };
    this.#logger.warn(known(fields), 'client certificate runs out');
  }

  breaker({ client, node, state, forMs, error }: BreakerMessage): void {
    const fields = known({ ...clientFields(client), node });
    if (state === 'open') {
      const reason = this.#nodeTexts ? error?.reason : undefined;
      const why = known({ ...fields, forMs, status: error?.status, reason });
      this.#logger.warn(why, 'calls to the node are refused');
    } else if (state === 'half-open') {
      this.#logger.debug(fields, 'node is tried');
    } else {
      this.#logger.info(fields, 'node is back');
    }
  }
}

function clientFields({ name }: ObservedClient): object {
  return { client: name };
}

function callFields({ client, rpc, node, nodes, cluster, within }: CallMessage): object {
  const { flow, step } = within ?? {};
  return { ...clientFields(client), rpc, node, nodes, cluster, flow, step };
}

function attemptFields(attempt: AttemptMessage): object {
  const { call, endpoint, number, status, outcome, durationMs, reason } = attempt;
  return known({
    ...callFields(call),
    endpoint,
    attempt: number,
    status,
    outcome,
    durationMs,
    reason,
  });
}

/** What may be shown of why a connection failed: the words of this library alone. */
function failureFields(error: Error | undefined): object {
  const problem = problemOf(error);
  if (problem !== undefined) return { problem, reason: error?.message };
  return { reason: error instanceof TalosError ? error.message : error?.name };
}

/** Whether it stays so until somebody changes something. */
function needsMending(error: Error | undefined): boolean {
  const problem = problemOf(error);
  if (problem === undefined) return error instanceof TalosError;
  return problem !== 'interrupted' && problem !== 'proxy';
}

/** `fields` without those that are not known, and times without digits that say nothing. */
function known(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'number' ? Number(value.toFixed(3)) : value]),
  );
}
