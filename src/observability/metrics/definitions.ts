/** One metric, whatever it is given to. */
export interface Metric {
  /** By OpenTelemetry's rules for names. */
  readonly name: string;
  /** `s` for seconds, or what is counted, in braces. */
  readonly unit: string;
  /**
   * `counter` and `histogram` are told of each event. `gauge` and `total`, which only grows, are
   * read when somebody asks for them.
   */
  readonly kind: 'counter' | 'histogram' | 'gauge' | 'total';
  readonly help: string;
  /** The attributes that it may have. */
  readonly attributes: readonly string[];
}

const server = ['server.address', 'server.port'] as const;

/** The bounds that the conventions advise for durations, in seconds. */
export const durationBounds: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/** All metrics. */
export const metrics = {
  callDuration: {
    name: 'rpc.client.call.duration',
    unit: 's',
    kind: 'histogram',
    help: 'Duration of calls, all attempts together; of streams that follow, until the first reply.',
    attributes: [
      'rpc.system.name',
      'rpc.method',
      'rpc.status_code',
      'error.type',
      ...server,
      'talos.node',
    ],
  },
  attempts: {
    name: 'talos.client.attempts',
    unit: '{attempt}',
    kind: 'counter',
    help: 'Attempts that ended, by endpoint and status.',
    attributes: ['talos.endpoint', 'rpc.status_code'],
  },
  retries: {
    name: 'talos.client.retries',
    unit: '{retry}',
    kind: 'counter',
    help: 'Repeats of calls, by the status of the attempt that failed.',
    attributes: ['rpc.method', 'rpc.status_code'],
  },
  inFlight: {
    name: 'talos.client.in_flight',
    unit: '{call}',
    kind: 'gauge',
    help: 'Calls that are open.',
    attributes: ['rpc.method', 'server.address'],
  },
  streamMessages: {
    name: 'talos.client.stream.messages',
    unit: '{message}',
    kind: 'total',
    help: 'Messages that came on streams.',
    attributes: ['rpc.method', 'server.address'],
  },
  streamFailures: {
    name: 'talos.client.stream.failures',
    unit: '{failure}',
    kind: 'counter',
    help: 'Streams that follow, and failed after their first reply.',
    attributes: ['rpc.method', 'rpc.status_code', 'error.type', 'server.address'],
  },
  connections: {
    name: 'talos.client.connections',
    unit: '{connection}',
    kind: 'gauge',
    help: 'Connections, by endpoint and state.',
    attributes: ['talos.endpoint', 'talos.state'],
  },
  connectionFailures: {
    name: 'talos.client.connection.failures',
    unit: '{failure}',
    kind: 'counter',
    help: 'Attempts to connect that failed, by what the problem was.',
    attributes: ['talos.endpoint', 'talos.problem'],
  },
  ejected: {
    name: 'talos.client.endpoint.ejected',
    unit: '{endpoint}',
    kind: 'gauge',
    help: 'Whether an endpoint is left out: 1, or 0.',
    attributes: ['talos.endpoint'],
  },
  ejections: {
    name: 'talos.client.ejections',
    unit: '{ejection}',
    kind: 'counter',
    help: 'How often endpoints were left out for a while.',
    attributes: ['talos.endpoint'],
  },
  breakerState: {
    name: 'talos.client.breaker.state',
    unit: '{state}',
    kind: 'gauge',
    help: 'The breaker of a node that failed: 0 closed, 1 half open, 2 open.',
    attributes: ['talos.node'],
  },
  breakerOpenings: {
    name: 'talos.client.breaker.openings',
    unit: '{opening}',
    kind: 'counter',
    help: 'How often the breaker of a node opened.',
    attributes: ['talos.node'],
  },
  certificateExpiry: {
    name: 'talos.client.certificate.expiry.timestamp',
    unit: 's',
    kind: 'gauge',
    help: 'When the client certificate runs out, in seconds since 1970.',
    attributes: ['server.address'],
  },
} as const satisfies Record<string, Metric>;

type MetricsOf<Kind extends Metric['kind']> = {
  [Name in keyof typeof metrics]: (typeof metrics)[Name]['kind'] extends Kind ? Name : never;
}[keyof typeof metrics];

/** The metrics that are told of each event. */
export type CountedMetric = MetricsOf<'counter' | 'histogram'>;

/** The metrics that are read when somebody asks for them. */
export type ReadMetric = MetricsOf<'gauge' | 'total'>;
