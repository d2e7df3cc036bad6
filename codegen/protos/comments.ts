import protobuf from 'protobufjs';
import { cleanComment } from './comment-text.js';
import type { Contract } from './contract.js';
import { type ParsedProto, parseProto } from './proto-facts.js';
import { protoFilesIn } from './proto-folder.js';

/** Comments in canonical form (see `cleanComment`), by the full name of what they describe. */
export type Comments = ReadonlyMap<string, string>;

/**
 * Reads the comments of every .proto file in a folder.
 *
 * Members are named after what holds them: `machine.RebootRequest.mode` for a field,
 * `machine.RebootRequest.Mode.FORCE` for an enum's value, `machine.MachineService.Reboot` for an
 * RPC. Throws `ContractError` for a file that does not parse.
 */
export function readComments(folder: string): Comments {
  const comments = new Map<string, string>();
  for (const file of protoFilesIn(folder)) addComments(parseProto(file), comments);
  return comments;
}

/** The comments of several trees; the first one that has a comment for a name gives it. */
export function mergeComments(trees: readonly Comments[]): Comments {
  const merged = new Map<string, string>();
  for (const tree of trees) {
    for (const [name, text] of tree) if (!merged.has(name)) merged.set(name, text);
  }
  return merged;
}

/** An element that owes its readers a comment and has none. */
export interface MissingComment {
  readonly kind: 'service' | 'rpc' | 'message' | 'enum';
  readonly name: string;
  /** Import path of the file that declares it. */
  readonly file: string;
}

/** Lists every service, RPC, message and enum without a comment, in the order of the files. */
export function missingComments(contract: Contract, comments: Comments): MissingComment[] {
  return contract.files.flatMap((file) => {
    const owed = [
      ...file.services.flatMap((service) => [
        { kind: 'service', name: service.name } as const,
        ...service.methods.map(
          (method) => ({ kind: 'rpc', name: `${service.name}.${method.name}` }) as const,
        ),
      ]),
      ...file.messages.map(({ name }) => ({ kind: 'message', name }) as const),
      ...file.enums.map(({ name }) => ({ kind: 'enum', name }) as const),
    ];
    return owed
      .filter(({ name }) => (comments.get(name) ?? '') === '')
      .map((element) => ({ ...element, file: file.path }));
  });
}

/** Adds the comments of a file to `comments`. */
export function addComments({ root, restore }: ParsedProto, comments: Map<string, string>): void {
  const own = new Map<string, string>();
  collect(root, own);
  for (const [name, text] of own) comments.set(restore(name), restore(text));
}

function collect(namespace: protobuf.NamespaceBase, comments: Map<string, string>): void {
  const keep = (name: string, text: string | null | undefined): void => {
    const clean = cleanComment(text ?? '');
    if (clean !== '') comments.set(name.replace(/^\./, ''), clean);
  };
  const own = (object: protobuf.ReflectionObject) => keep(object.fullName, object.comment);
  for (const object of namespace.nestedArray) {
    own(object);
    if (object instanceof protobuf.Type) {
      object.oneofsArray.forEach(own);
      object.fieldsArray.forEach(own);
    } else if (object instanceof protobuf.Service) {
      object.methodsArray.forEach(own);
    } else if (object instanceof protobuf.Enum) {
      for (const [value, text] of Object.entries(object.comments)) {
        keep(`${object.fullName}.${value}`, text);
      }
    }
    if (object instanceof protobuf.Namespace) collect(object, comments);
  }
}
