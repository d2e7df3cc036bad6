import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { sleep } from '../../reconnect/sleep.js';
import type { Clock } from '../../runtime/calls/clock.js';
import { TalosFlowError } from '../../runtime/errors/flow-error.js';
import type { Disk, OpenFile } from './disk.js';
import type { Host, Life, ProcessFacts } from './host.js';

/** What a lock stands on. */
export interface LockParts {
  readonly disk: Disk;
  readonly host: Host;
  readonly clock: Clock;
}

/** How a lock is taken. */
export interface LockOptions {
  readonly directory: string;
  /** How long a holder of which nothing is known may be silent. Milliseconds. */
  readonly leaseMs: number;
  /** How long a holder that lives is waited for. Default: a little longer than its lease. */
  readonly waitMs: number | undefined;
}

/** Whoever has a lock, or had it. */
interface Holder extends ProcessFacts {
  readonly leaseMs: number;
}

/** A lock as it is on the disk. */
interface Found {
  readonly isFree: boolean;
  /** Changes each time that the holder says that it lives. */
  readonly sign: string;
  readonly holder: Holder | undefined;
}

/** A lock that was just taken. */
interface Taken {
  readonly number: number;
  readonly file: OpenFile;
  /** On the clock of the parts. */
  readonly takenAt: number;
  readonly options: LockOptions;
  readonly parts: LockParts;
  readonly lost: (error: TalosFlowError) => void;
}

const LOOK_MS = 250;
const LONGER_THAN_LEASE_MS = 5000;
const COUNTER_DIGITS = 12;

/**
 * The lock of a directory: files `lock-<n>`, of which the highest counts. Whoever takes it makes the
 * next one, so that its number tells holders apart for ever. A holder that was overtaken finds a higher
 * one, whenever it wakes up.
 */
export class DirectoryLock {
  /** Higher than that of all holders before. */
  readonly number: number;
  readonly #options: LockOptions;
  readonly #parts: LockParts;
  readonly #file: OpenFile;
  readonly #lost: (error: TalosFlowError) => void;
  #counter = 0;
  #renewedAt: number;
  #timer: unknown;
  #ended: TalosFlowError | undefined;

  /** Use `take`. */
  constructor(taken: Taken) {
    this.number = taken.number;
    this.#file = taken.file;
    this.#renewedAt = taken.takenAt;
    this.#options = taken.options;
    this.#parts = taken.parts;
    this.#lost = taken.lost;
    this.#plan();
  }

  /**
   * Takes the lock, as soon as nobody else has it.
   *
   * @param lost is called once when another process has taken it over
   * @throws {TalosFlowError} with the reason `locked`
   */
  static async take(
    options: LockOptions,
    parts: LockParts,
    lost: (error: TalosFlowError) => void,
  ): Promise<DirectoryLock> {
    const { clock } = parts;
    const { directory } = options;
    const startedAt = clock.now();
    let silent = { sign: '', since: startedAt };
    for (;;) {
      const highest = await highestIn(directory, parts.disk);
      const found = await readLock(directory, highest, parts.disk);
      const sign = `${highest} ${found?.sign}`;
      if (sign !== silent.sign) silent = { sign, since: clock.now() };
      const lease = found?.holder?.leaseMs ?? options.leaseMs;
      const life = await lifeOf(found, parts.host);
      if (life === 'dead' || (life === 'unknown' && clock.now() - silent.since >= lease)) {
        const lock = await make(highest + 1, options, parts, lost);
        if (lock !== undefined) return lock;
        continue;
      }
      const waitMs = options.waitMs ?? lease + LONGER_THAN_LEASE_MS;
      if (clock.now() - startedAt >= waitMs) throw locked(directory, found?.holder);
      await sleep(clock, Math.min(LOOK_MS, waitMs), new AbortController().signal);
    }
  }

  /** Whether it cannot have been taken over, since others have to wait for so long. */
  get isFresh(): boolean {
    const { clock } = this.#parts;
    return this.#ended === undefined && clock.now() - this.#renewedAt < this.#options.leaseMs;
  }

  /**
   * Makes sure that it is still ours.
   *
   * @throws {TalosFlowError} with the reason `overtaken`
   */
  async confirm(): Promise<void> {
    do {
      if (this.#ended !== undefined) throw this.#ended;
      if (!this.isFresh) await this.#renew();
      await this.#look();
      // The process may have been paused in between.
    } while (!this.isFresh);
  }

  /** Gives it back. */
  async release(): Promise<void> {
    if (this.#ended === undefined) {
      this.#ended = new TalosFlowError('the runner is closed', { reason: 'closed' });
      await this.#file.overwrite(signOf('free', this.#counter)).catch(() => undefined);
    }
    this.#parts.clock.stop(this.#timer);
    await this.#file.close().catch(() => undefined);
  }

  #plan(): void {
    const next = async (): Promise<void> => {
      try {
        await this.#renew();
        await this.#look();
      } catch {
        // Whoever confirms is told.
      }
      if (this.#ended === undefined) this.#plan();
    };
    this.#timer = this.#parts.clock.start(this.#options.leaseMs / 3, () => void next(), undefined);
  }

  async #renew(): Promise<void> {
    const now = this.#parts.clock.now();
    this.#counter += 1;
    await this.#file.overwrite(signOf('held', this.#counter));
    this.#renewedAt = now;
  }

  async #look(): Promise<void> {
    const { directory } = this.#options;
    const { disk } = this.#parts;
    const highest = await highestIn(directory, disk);
    if (this.#ended !== undefined) throw this.#ended;
    if (highest === this.number) return;
    const other = await readLock(directory, highest, disk);
    if (this.#ended !== undefined) throw this.#ended;
    this.#ended =
      highest > this.number ? overtaken(directory, other?.holder) : removed(directory, this.number);
    this.#parts.clock.stop(this.#timer);
    this.#lost(this.#ended);
    throw this.#ended;
  }
}

/** Makes the lock of this number; nothing when others were faster. */
async function make(
  number: number,
  options: LockOptions,
  parts: LockParts,
  lost: (error: TalosFlowError) => void,
): Promise<DirectoryLock | undefined> {
  const { directory, leaseMs } = options;
  const { disk, host, clock } = parts;
  const path = join(directory, `lock-${number}`);
  const takenAt = clock.now();
  const random = randomBytes(8).toString('hex');
  const holder = JSON.stringify({ ...(await host.facts()), leaseMs, random });
  if (!(await disk.create(path, `${signOf('held', 0)}${holder}\n`))) return undefined;
  // It may be one that was removed since, because there are higher ones.
  if ((await highestIn(directory, disk)) !== number) {
    await disk.remove(path);
    return undefined;
  }
  const file = await disk.open(path);
  for (const name of await disk.list(directory)) {
    if ((numberOf(name) ?? number) < number) await disk.remove(join(directory, name));
  }
  return new DirectoryLock({ number, file, takenAt, options, parts, lost });
}

async function lifeOf(found: Found | undefined, host: Host): Promise<Life> {
  if (found === undefined || found.isFree) return 'dead';
  return found.holder === undefined ? 'unknown' : host.lifeOf(found.holder);
}

async function highestIn(directory: string, disk: Disk): Promise<number> {
  const names = await disk.list(directory);
  const locks = names.filter((name) => !name.endsWith('.tmp'));
  return Math.max(0, ...locks.map((name) => numberOf(name) ?? 0));
}

/** The number of a lock by the name of its file, also of one that is being prepared. */
function numberOf(name: string): number | undefined {
  const digits = /^lock-(\d+)(?:\.[\da-f]+\.tmp)?$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

async function readLock(directory: string, number: number, disk: Disk): Promise<Found | undefined> {
  const bytes = await disk.read(join(directory, `lock-${number}`));
  if (bytes === undefined) return undefined;
  const [sign = '', json = ''] = bytes.toString('utf8').split('\n');
  return { isFree: sign.startsWith('free'), sign, holder: holderOf(json) };
}

function holderOf(json: string): Holder | undefined {
  try {
    const holder = JSON.parse(json) as Holder;
    return Number.isInteger(holder.pid) && holder.leaseMs > 0 ? holder : undefined;
  } catch {
    // A part of it, on a file system that cannot do better.
    return undefined;
  }
}

/** The first line of a lock, always of the same length. */
function signOf(state: 'held' | 'free', counter: number): Buffer {
  return Buffer.from(`${state} ${String(counter).padStart(COUNTER_DIGITS, '0')}\n`);
}

function nameOf(holder: Holder | undefined): string {
  return holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
}

function locked(directory: string, holder: Holder | undefined): TalosFlowError {
  return new TalosFlowError(`${nameOf(holder)} works with the runs in ${directory}`, {
    reason: 'locked',
    hint: 'only one process may: end that one, or give this one a directory of its own',
  });
}

function overtaken(directory: string, holder: Holder | undefined): TalosFlowError {
  return new TalosFlowError(
    `${nameOf(holder)} has taken over the runs in ${directory}, since this process was silent for too long`,
    { reason: 'overtaken', hint: 'the runs go on there: end this process' },
  );
}

function removed(directory: string, number: number): TalosFlowError {
  return new TalosFlowError(`${join(directory, `lock-${number}`)} was removed`, {
    reason: 'journal',
    hint: 'leave the files of a runner alone while it works, and end this process',
  });
}
