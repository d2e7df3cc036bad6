import { BULK_CHUNK, CHUNK, LINE } from './samples.js';

export type WorkloadName =
  | 'unary'
  | 'unary64'
  | 'large'
  | 'logs'
  | 'logsFramed'
  | 'bytes'
  | 'bytesFramed'
  | 'download'
  | 'upload'
  | 'fanOut';

/** What a worker is asked to do. */
export interface CallOrder {
  readonly workload: WorkloadName;
  /** Calls, or messages where the workload is one stream. */
  readonly count: number;
  /** Bytes of data in each message of the stream, or in each chunk of upload; 0 for unary calls. */
  readonly size: number;
}

/** How a workload is run, and how its figure is formed. */
export interface Workload {
  readonly title: string;
  /** Operations in one slice of a full run. */
  readonly count: number;
  /** Bytes of data in each message of the stream, or in each chunk of upload; 0 for unary calls. */
  readonly size: number;
  /** What CPU time is given for. */
  readonly per: 'call' | 'message' | 'MiB';
}

const unary = { size: 0, per: 'call' } as const;

/**
 * Slices are short and rounds many: what else the machine does then meets all contenders alike.
 */
export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  unary: { ...unary, title: 'unary small, one in flight', count: 500 },
  unary64: { ...unary, title: 'unary small, 64 in flight', count: 3000 },
  large: { ...unary, title: 'unary large (1000 processes)', count: 50 },
  logs: { title: 'log messages of 120 B', count: 24_000, size: LINE, per: 'message' },
  logsFramed: {
    title: 'log messages, a DATA frame each',
    count: 16_000,
    size: LINE,
    per: 'message',
  },
  bytes: { title: 'byte stream in 1 KiB chunks', count: 16 * 1024, size: CHUNK, per: 'MiB' },
  bytesFramed: {
    title: '1 KiB chunks, a DATA frame each',
    count: 10 * 1024,
    size: CHUNK,
    per: 'MiB',
  },
  download: { title: 'byte stream in 32 KiB chunks', count: 2048, size: BULK_CHUNK, per: 'MiB' },
  upload: { title: 'upload in 32 KiB chunks', count: 1024, size: BULK_CHUNK, per: 'MiB' },
  fanOut: { ...unary, title: 'fan-out to 1000 nodes, 100 in flight', count: 2000 },
};

/** What the figure of a workload is in. */
export function unitOf(name: WorkloadName): string {
  const { per } = workloads[name];
  return per === 'MiB' ? 'ms a MiB' : `µs a ${per}`;
}

export const workloadNames = Object.keys(workloads) as WorkloadName[];
