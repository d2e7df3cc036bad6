import type { AnyMethod } from 'talos-client';
import type { ServerMethod } from 'talos-client/wire';
import { serverMethods } from '../../../generated/methods.js';

const byPath: ReadonlyMap<string, ServerMethod> = new Map(
  serverMethods.map((entry) => [entry.method.path, entry]),
);

/** The method at a path; absent when no Talos release has it. */
export function methodAt(path: string): AnyMethod | undefined {
  return byPath.get(path)?.method;
}

/** Every method of the contract. */
export function allMethods(): readonly AnyMethod[] {
  return serverMethods.map(({ method }) => method);
}

/** How a method's requests are read and its replies written. */
export function codecOf(method: AnyMethod): ServerMethod {
  const found = byPath.get(method.path);
  if (found === undefined) throw new RangeError(`Talos has no RPC ${method.path}`);
  return found;
}

/** The service part of a path: `machine.MachineService` of `/machine.MachineService/Version`. */
export function serviceOf(path: string): string {
  return path.slice(1, path.lastIndexOf('/'));
}

/** The name of an RPC as people write it: `machine.MachineService/Version`. */
export function rpcName(method: AnyMethod): string {
  return method.path.slice(1);
}

/** Names of all services, such as `machine.MachineService`. */
export const serviceNames: ReadonlySet<string> = new Set(
  serverMethods.map(({ method }) => serviceOf(method.path)),
);
