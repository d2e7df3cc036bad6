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
}

/** How a workload is run, and how its figure is formed. */
export interface Workload {
  /** Operations in one slice of a full run. */
  readonly count: number;
  /** Bytes of data in each message of the stream, or in each chunk of upload; 0 for unary calls. */
  readonly size: number;
  /** CPU time, or bytes per second of wall time. */
  readonly figure: 'cpu' | 'rate';
  /** What CPU time is given for. */
  readonly per: 'call' | 'message' | 'MiB';
}

const unary = { size: 0, figure: 'cpu', per: 'call' } as const;

/**
 * Slices are short and rounds many: what else the machine does then meets all contenders alike.
 */
export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  unary: { ...unary, count: 300 },
  unary64: { ...unary, count: 960 },
  large: { ...unary, count: 50 },
  logs: { count: 16_000, size: LINE, figure: 'cpu', per: 'message' },
  logsFramed: { count: 10_000, size: LINE, figure: 'cpu', per: 'message' },
  bytes: { count: 10 * 1024, size: CHUNK, figure: 'cpu', per: 'MiB' },
  bytesFramed: { count: 6 * 1024, size: CHUNK, figure: 'cpu', per: 'MiB' },
  download: { count: 2048, size: BULK_CHUNK, figure: 'rate', per: 'MiB' },
  upload: { count: 1024, size: BULK_CHUNK, figure: 'cpu', per: 'MiB' },
  fanOut: { ...unary, count: 1000 },
};

export const workloadNames = Object.keys(workloads) as WorkloadName[];
