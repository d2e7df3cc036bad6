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

export const workloads: Readonly<Record<WorkloadName, Workload>> = {
  unary: { ...unary, count: 800 },
  unary64: { ...unary, count: 2560 },
  large: { ...unary, count: 150 },
  logs: { count: 50_000, size: LINE, figure: 'cpu', per: 'message' },
  logsFramed: { count: 30_000, size: LINE, figure: 'cpu', per: 'message' },
  bytes: { count: 32 * 1024, size: CHUNK, figure: 'cpu', per: 'MiB' },
  bytesFramed: { count: 16 * 1024, size: CHUNK, figure: 'cpu', per: 'MiB' },
  download: { count: 3072, size: BULK_CHUNK, figure: 'rate', per: 'MiB' },
  upload: { count: 2048, size: BULK_CHUNK, figure: 'cpu', per: 'MiB' },
  fanOut: { ...unary, count: 2000 },
};

export const workloadNames = Object.keys(workloads) as WorkloadName[];
