import type { ClientCertificate } from '../credentials/client-certificate.js';
import type { AnyCall } from '../transport.js';

/** A call is to be made again. */
export interface RetryEvent {
  readonly call: AnyCall;
  /** The number of the attempt that failed, from 1; 0 when no endpoint could be reached. */
  readonly attempt: number;
  /** The endpoint that carried it; absent when none could be reached. */
  readonly endpoint: string | undefined;
  /** Milliseconds until the next attempt. */
  readonly delayMs: number;
  /** How the attempt failed. */
  readonly error: unknown;
}

/** What happens to the connections to an endpoint. */
export interface ConnectionEvent {
  /** As `host:port`. */
  readonly endpoint: string;
  /**
   * `connecting` when an attempt to connect begins, which then is `ready` or has `failed`. A
   * connection that was ready is `lost` when it takes no more calls.
   */
  readonly state: 'connecting' | 'ready' | 'failed' | 'lost';
  /** Why it failed or was lost, where that is known. */
  readonly error: Error | undefined;
}

/** An endpoint is left out because it is sick, or is back. */
export interface EjectionEvent {
  /** As `host:port`. */
  readonly endpoint: string;
  /**
   * `ejected`: calls go to the others. `probing`: its time is over, and it is asked whether it
   * answers. `back`: it answered.
   */
  readonly state: 'ejected' | 'probing' | 'back';
  /** What was wrong with it. */
  readonly cause: Error | undefined;
  /** Milliseconds until it is probed; absent unless it was `ejected` now. */
  readonly forMs: number | undefined;
}

/** The client certificate runs out soon: the last tenth of its time, or the last week, has begun. */
export interface CertificateEvent {
  readonly certificate: ClientCertificate;
  /** Milliseconds for which it is valid yet. */
  readonly leftMs: number;
}

/**
 * Is told what happens below the calls of a transport. What it throws is lost: nobody could catch
 * it. Attempts are told to the `AttemptHook`.
 */
export interface TransportObserver {
  retry?(event: RetryEvent): void;
  connection?(event: ConnectionEvent): void;
  ejection?(event: EjectionEvent): void;
  /**
   * Called once for each certificate, with the first call that finds it so. Without it the process
   * gets a warning (`TALOS_CLIENT_CERTIFICATE_EXPIRES`).
   */
  certificateExpires?(event: CertificateEvent): void;
}

/** `observer`, of which nothing that it throws comes back to the calls that go on. */
export function guarded(observer: TransportObserver | undefined): TransportObserver | undefined {
  if (observer === undefined) return undefined;
  const tell = (run: () => void): void => {
    try {
      run();
    } catch {
      // Nobody is there to catch it: the event is not the doing of any one caller.
    }
  };
  return {
    retry: (event) => tell(() => observer.retry?.(event)),
    connection: (event) => tell(() => observer.connection?.(event)),
    ejection: (event) => tell(() => observer.ejection?.(event)),
    ...(observer.certificateExpires && {
      certificateExpires: (event) => tell(() => observer.certificateExpires?.(event)),
    }),
  };
}

/** One observer that tells all of `observers`; absent when there are none. */
export function joinObservers(
  observers: readonly TransportObserver[],
): TransportObserver | undefined {
  if (observers.length < 2) return observers[0];
  const all = observers.map((each) => guarded(each) as TransportObserver);
  return {
    retry(event) {
      for (const each of all) each.retry?.(event);
    },
    connection(event) {
      for (const each of all) each.connection?.(event);
    },
    ejection(event) {
      for (const each of all) each.ejection?.(event);
    },
    ...(all.some(({ certificateExpires }) => certificateExpires !== undefined) && {
      certificateExpires(event: CertificateEvent) {
        for (const each of all) each.certificateExpires?.(event);
      },
    }),
  };
}
