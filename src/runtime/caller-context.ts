import { AsyncLocalStorage } from 'node:async_hooks';

/** Runs a function where `callerContext` was called. */
export type InContext = <T>(run: () => T) => T;

/**
 * Keeps the asynchronous context of the caller, for code of the caller that runs later. What comes
 * from a connection runs in the context of whoever began to connect, which may be another call.
 */
export function callerContext(): InContext {
  return AsyncLocalStorage.snapshot();
}
