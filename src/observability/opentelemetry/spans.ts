import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type Attributes as SpanAttributes,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type {
  AttemptMessage,
  CallMessage,
  RetryMessage,
  Subscriber,
} from '../../runtime/diagnostics/index.js';
import {
  type Attributes,
  errorTypeOf,
  peerOf,
  reasonOf,
  serverOf,
  statusOf,
} from '../attributes.js';
import { isBroken, isEstablished } from '../following.js';

/** What users choose about spans. */
export interface SpanChoices {
  readonly propagate: boolean;
  readonly everyAttempt: boolean;
  readonly nodeTexts: boolean;
}

/** An attempt with its times. */
interface TimedAttempt {
  readonly attempt: AttemptMessage;
  readonly startTime: number;
  endTime?: number;
}

interface CallSpan {
  readonly span: Span;
  /** Milliseconds since 1970, in fractions that fit each other for the call and its attempts. */
  readonly now: () => number;
  /** The caller's context with the span in it. */
  readonly context: Context;
  attempt: TimedAttempt | undefined;
}

/** Makes a span of each call, with its attempts below it. */
export class CallSpans implements Subscriber {
  readonly #tracer: Tracer;
  readonly #choices: SpanChoices;
  readonly #spans = new WeakMap<CallMessage, CallSpan>();

  constructor(tracer: Tracer, choices: SpanChoices) {
    this.#tracer = tracer;
    this.#choices = choices;
  }

  callStarted(call: CallMessage): void {
    const parent = context.active();
    const now = clock();
    const span = this.#tracer.startSpan(
      call.rpc,
      { kind: SpanKind.CLIENT, attributes: beginOf(call), startTime: now() },
      parent,
    );
    const own = trace.setSpan(parent, span);
    this.#spans.set(call, { span, now, context: own, attempt: undefined });
    if (this.#choices.propagate) addHeaders(call, own);
  }

  attempt(attempt: AttemptMessage): void {
    const known = this.#spans.get(attempt.call);
    if (known === undefined) return;
    if (attempt.state === 'started') {
      known.attempt = { attempt, startTime: known.now() };
    } else if (known.attempt !== undefined) {
      known.attempt.endTime = known.now();
      if (this.#choices.everyAttempt) this.#tellAttempt(known);
    }
  }

  retry(retry: RetryMessage): void {
    const known = this.#spans.get(retry.call);
    if (known === undefined) return;
    this.#tellAttempt(known);
    const attributes = {
      'talos.rpc.attempt': retry.attempt,
      'talos.rpc.retry_delay_ms': retry.delayMs,
      ...statusOf(retry),
    };
    known.span.addEvent('retry', attributes, known.now());
  }

  callAnswered(call: CallMessage): void {
    const known = this.#spans.get(call);
    if (known === undefined || !isEstablished(call)) return;
    // A span that ends after weeks is never exported.
    known.span.setAttributes({ ...peerOf(call.endpoint), 'rpc.status_code': 'OK' });
    known.span.end(known.now());
  }

  callEnded(call: CallMessage): void {
    const known = this.#spans.get(call);
    if (known === undefined) return;
    if (isEstablished(call)) {
      if (isBroken(call)) this.#tellBroken(call, known);
      return;
    }
    if (call.attempts > 1) this.#tellAttempt(known);
    const { span } = known;
    span.setAttributes(endOf(call));
    if (call.error !== undefined) fail(span, reasonOf(call, this.#choices.nodeTexts));
    span.end(known.now());
  }

  /** A span for the failure of a stream whose own span has ended. */
  #tellBroken(call: CallMessage, { span }: CallSpan): void {
    const broken = this.#tracer.startSpan(
      call.rpc,
      {
        kind: SpanKind.CLIENT,
        attributes: { ...beginOf(call), ...endOf(call) },
        links: [{ context: span.spanContext() }],
      },
      ROOT_CONTEXT,
    );
    fail(broken, reasonOf(call, this.#choices.nodeTexts));
    broken.end();
  }

  /** A span for the attempt that has ended, unless it has one. */
  #tellAttempt(known: CallSpan): void {
    const timed = known.attempt;
    if (timed?.endTime === undefined) return;
    known.attempt = undefined;
    const { attempt, startTime, endTime } = timed;
    const attributes: SpanAttributes = {
      'rpc.method': attempt.call.rpc,
      'talos.rpc.attempt': attempt.number,
      ...peerOf(attempt.endpoint),
      ...statusOf(attempt),
    };
    const name = `Attempt.${attempt.call.rpc}`;
    const span = this.#tracer.startSpan(name, { startTime, attributes }, known.context);
    if (attempt.status !== 'ok') fail(span, attempt.reason);
    span.end(endTime);
  }
}

/** The SDK's own times are whole milliseconds where they begin, so that attempts would not fit. */
function clock(): () => number {
  const offset = Date.now() - performance.now();
  return () => offset + performance.now();
}

function beginOf(call: CallMessage): Attributes {
  return {
    'rpc.system.name': 'grpc',
    'rpc.method': call.rpc,
    ...serverOf(call.client, call.cluster),
    ...(call.node !== undefined && { 'talos.node': call.node }),
    ...(call.nodes !== undefined && { 'talos.nodes': call.nodes.join(',') }),
    ...(call.cluster !== undefined && { 'talos.cluster': call.cluster }),
    ...(call.within !== undefined && {
      'talos.fleet.flow': call.within.flow,
      'talos.fleet.step': call.within.step,
    }),
  };
}

function endOf(call: CallMessage): Attributes {
  return {
    ...peerOf(call.endpoint),
    ...statusOf(call),
    ...errorTypeOf(call),
    ...(call.attempts > 1 && { 'talos.rpc.attempts': call.attempts }),
  };
}

function fail(span: Span, message: string | undefined): void {
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) });
}

/** Sends the span along, so that what the peer traces hangs on it. */
function addHeaders(call: CallMessage, own: Context): void {
  const headers: Record<string, string> = {};
  propagation.inject(own, headers);
  for (const [name, value] of Object.entries(headers)) {
    try {
      call.addMetadata({ [name.toLowerCase()]: value });
    } catch {
      // The caller gave a header of this name, or the propagator made one that cannot travel.
    }
  }
}
