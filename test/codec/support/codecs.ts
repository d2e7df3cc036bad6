import protobuf from 'protobufjs';
import { build } from '../../../codegen/build.js';
import { features } from '../../../codegen/features.js';
import { loadTree } from '../../../codegen/load.js';
import type { FieldFacts, MessageFacts } from '../../../codegen/protos/contract.js';
import type { Decode, Encode } from '../../../src/runtime/codec.js';

/** A message as the library has it. */
export type Message = Record<string, unknown>;

/** A message type of the contract with the codec the generator made for it. */
export interface Codec {
  readonly facts: MessageFacts;
  /** Proto name → TypeScript name of fields and oneofs. */
  readonly names: ReadonlyMap<string, string>;
  readonly encode: Encode<Message>;
  readonly decode: Decode<Message>;
}

const tree = loadTree('proto');
const { plans, index } = build(tree, features, {});

/** The same contract for protobufjs' reflection, which shares no code with the generator's output. */
export const reflection = new protobuf.Root();
reflection.resolvePath = (_, path) =>
  path === 'google/protobuf/descriptor.proto' ? `node_modules/protobufjs/${path}` : `proto/${path}`;
reflection.loadSync(
  tree.contract.files.map(({ path }) => path),
  { keepCase: true },
);

/** The half of a codec that clients have, or that the testkit has as a server. */
function load(isClients: boolean, module: string) {
  const folder = isClients ? 'generated/messages' : 'testkit/generated';
  return import(new URL(`../../../${folder}/${module}.ts`, import.meta.url).href);
}

async function codecOf(facts: MessageFacts): Promise<Codec> {
  const { name } = facts;
  const [decoders, encoders] = await Promise.all([
    load(index.decodes(name), index.home(name).module),
    load(index.encodes(name), index.home(name).module),
  ]);
  const decode = decoders[index.decoder(name)];
  const encode = encoders[index.encoder(name)];
  if (decode === undefined || encode === undefined) throw new Error(`${name} has no codec`);
  return { facts, names: index.fields(name), encode, decode };
}

/** Every message type of the contract, by full name. */
export const codecs: ReadonlyMap<string, Codec> = new Map(
  await Promise.all(
    tree.contract.files
      .flatMap((file) => file.messages)
      .map(async (facts) => [facts.name, await codecOf(facts)] as const),
  ),
);

/** The values of an enum, or undefined when `type` is no enum. */
export function enumOf(type: string) {
  return enums.get(type);
}

const enums = new Map(
  tree.contract.files.flatMap((file) => file.enums).map((facts) => [facts.name, facts] as const),
);

export type { FieldFacts };

/** Every RPC of the contract: its feature, the method that calls it, and its messages on the wire. */
export const rpcs: ReadonlyMap<
  string,
  {
    readonly feature: string;
    readonly name: string;
    readonly input: string;
    readonly output: string;
  }
> = new Map(
  plans.flatMap(({ name: feature, methods }) =>
    methods.map(({ name, rpc }) => [
      rpc.name,
      { feature, name, input: rpc.method.input, output: rpc.method.output },
    ]),
  ),
);
