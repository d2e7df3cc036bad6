import type {
  Contract,
  EnumFacts,
  FileFacts,
  MessageFacts,
  MethodFacts,
  ServiceFacts,
} from './protos/contract.js';
import { type MessageNode, messageTree } from './protos/tree.js';

/** A message or an enum with the file it comes from. */
export interface TypeFacts {
  readonly file: FileFacts;
  readonly message?: MessageFacts;
  readonly enumeration?: EnumFacts;
}

/** An RPC under the name the table uses: `machine.MachineService/Version`. */
export interface RpcFacts {
  readonly name: string;
  readonly file: FileFacts;
  readonly service: ServiceFacts;
  readonly method: MethodFacts;
}

/** The contract with its types and RPCs by name, in the order of the files. */
export class Schema {
  readonly #types = new Map<string, TypeFacts>();
  readonly #rpcs = new Map<string, RpcFacts>();

  constructor(contract: Contract) {
    for (const file of contract.files) {
      const tree = messageTree(file);
      const visit = ({ facts, enums, messages }: MessageNode): void => {
        this.#types.set(facts.name, { file, message: facts });
        for (const nested of enums) this.#types.set(nested.name, { file, enumeration: nested });
        messages.forEach(visit);
      };
      tree.messages.forEach(visit);
      for (const facts of tree.enums) this.#types.set(facts.name, { file, enumeration: facts });
      for (const service of file.services) {
        for (const method of service.methods) {
          const name = `${service.name}/${method.name}`;
          this.#rpcs.set(name, { name, file, service, method });
        }
      }
    }
  }

  typeNames(): MapIterator<string> {
    return this.#types.keys();
  }

  type(name: string): TypeFacts {
    const facts = this.#types.get(name);
    if (facts === undefined) throw new Error(`${name} is no type of the contract`);
    return facts;
  }

  hasType(name: string): boolean {
    return this.#types.has(name);
  }

  message(name: string): MessageFacts {
    const { message } = this.type(name);
    if (message === undefined) throw new Error(`${name} is no message of the contract`);
    return message;
  }

  packageOf(name: string): string {
    return this.type(name).file.package;
  }

  rpc(name: string): RpcFacts | undefined {
    return this.#rpcs.get(name);
  }

  rpcs(): MapIterator<RpcFacts> {
    return this.#rpcs.values();
  }

  /** The types that values of `roots` can hold, themselves included. */
  reachable(roots: readonly string[]): Set<string> {
    const found = new Set<string>();
    const pending = [...roots];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (found.has(name)) continue;
      found.add(name);
      for (const field of this.type(name).message?.fields ?? []) {
        if (this.#types.has(field.type)) pending.push(field.type);
      }
    }
    return found;
  }
}
