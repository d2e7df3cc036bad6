/**
 * One file to generate, with every decision a template needs already made. Plain data: a template
 * prints strings, loops over lists and asks booleans. What strings use of other modules is marked,
 * see `uses.ts`: printing makes the imports of it.
 */
export interface FileModel {
  /** Path below the output folder. */
  readonly path: string;
  /** Name of the template that prints it. */
  readonly template: 'messages' | 'feature' | 'server' | 'full' | 'api-surface';
  /** The first line, which says what it comes from. */
  readonly header: string;
  /** The names that the file itself declares. */
  readonly declares: readonly string[];
}

/** Names that a file passes on from another one. */
export interface ExportModel {
  readonly from: string;
  readonly onlyTypes: boolean;
  /** Values start with nothing, types beside values with `type `. */
  readonly names: readonly string[];
}

export interface MessagesFile extends FileModel {
  readonly template: 'messages';
  readonly declarations: readonly Declaration[];
}

/** A top-level declaration; `kind` is the name of the partial that prints it. */
export type Declaration =
  | InterfaceModel
  | EnumModel
  | DecoderModel
  | EncoderModel
  | EnumDecoderModel
  | EnumEncoderModel
  | ServerModel;

interface Named {
  /** Comment lines, ready to print. */
  readonly doc: readonly string[];
  readonly name: string;
}

export interface InterfaceModel extends Named {
  readonly kind: 'interface' | 'empty';
  readonly members: readonly MemberModel[];
}

export interface MemberModel extends Named {
  readonly type: string;
}

export interface EnumModel extends Named {
  readonly kind: 'enum';
  /** All values as one type. */
  readonly union: string;
}

export interface DecoderModel extends Named {
  readonly kind: 'decoder' | 'emptyDecoder';
  readonly type: string;
  /** What a new message starts as. */
  readonly initial: readonly { readonly name: string; readonly value: string }[];
  readonly fields: readonly DecodeModel[];
}

/** How a field is read: `assign` or `push` a value, run a `statement`, or `choose` a case. */
export interface DecodeModel {
  readonly kind: 'assign' | 'push' | 'run' | 'choose';
  readonly number: number;
  readonly name: string;
  readonly value: string;
  /** The case of a oneof, as a literal. */
  readonly literal: string;
}

export interface EncoderModel extends Named {
  readonly kind: 'encoder' | 'emptyEncoder';
  readonly type: string;
  /** The keys that a message may have, as literals. */
  readonly keys: readonly string[];
  readonly oneofs: readonly OneofModel[];
  /** From the last number to the first. */
  readonly fields: readonly EncodeModel[];
}

/** A oneof, with the names of its cases as literals. */
export interface OneofModel {
  readonly name: string;
  readonly literal: string;
  readonly cases: readonly string[];
}

/** How a field is written once `condition` holds. */
export interface EncodeModel {
  readonly kind: 'run' | 'enumValue' | 'nested' | 'list' | 'packed' | 'nestedList';
  readonly condition: string;
  /** Where the value is found. */
  readonly access: string;
  /** Writes the value, or one element of it. */
  readonly value: string;
  readonly tag: number;
  /** The field's name as a literal, for errors. */
  readonly literal: string;
}

export interface EnumDecoderModel extends Named {
  readonly kind: 'enumDecoder';
  readonly type: string;
  /** The first name of each number. */
  readonly values: readonly EnumValueModel[];
}

export interface EnumEncoderModel extends Named {
  readonly kind: 'enumEncoder';
  readonly type: string;
  /** Every name, aliases too. */
  readonly values: readonly EnumValueModel[];
  /** All names as a list of literals. */
  readonly names: string;
}

export interface EnumValueModel {
  readonly number: number;
  readonly literal: string;
}

/** The codecs by which a server answers the RPCs of a feature. */
export interface ServerModel extends Named {
  readonly kind: 'server';
  readonly methods: readonly {
    readonly method: string;
    readonly decode: string;
    readonly encode: string;
  }[];
}

/** One RPC, with every decision a template needs already made. */
export interface MethodModel extends Named {
  readonly path: string;
  readonly kind: 'unary' | 'server-stream' | 'client-stream' | 'duplex';
  /** The runtime function that makes such a call. */
  readonly call: string;
  readonly idempotency: string;
  /** The deadline of its own as a literal, or empty. */
  readonly timeoutMs: string;
  /** The roles as a list of literals. */
  readonly roles: string;
  readonly since: string;
  readonly controlPlane: boolean;
  /** The fields that must be stated, and what the call would do without, as literals. */
  readonly required: readonly { readonly field: string; readonly without: string }[];
  readonly aggregates: boolean;
  /** When the stream goes on until its reader leaves, as a literal, or empty. */
  readonly follows: string;
  readonly removal: string;
  readonly unwrap: string;
  readonly wrapsBytes: boolean;
  readonly requestType: string;
  readonly replyType: string;
  readonly encode: string;
  readonly decode: string;
  /** The method's parameters as they are declared. */
  readonly parameters: string;
  /** The method's first parameter, by name. */
  readonly argument: string;
  readonly result: string;
}

export interface FeatureFile extends FileModel {
  readonly template: 'feature';
  readonly exports: readonly ExportModel[];
  readonly clientDoc: readonly string[];
  readonly factoryDoc: readonly string[];
  readonly factory: string;
  readonly client: string;
  /** The constant with the facts of the RPCs, and its type. */
  readonly constant: string;
  readonly constantType: string;
  readonly methods: readonly MethodModel[];
}

/** The list of all RPCs by which a server answers. */
export interface ServerFile extends FileModel {
  readonly template: 'server';
  /** The lists of the features. */
  readonly lists: readonly string[];
}

/** The client with every feature in one object. */
export interface FullFile extends FileModel {
  readonly template: 'full';
  readonly features: readonly {
    readonly doc: readonly string[];
    readonly name: string;
    readonly client: string;
    readonly factory: string;
  }[];
  /** A call for the examples in comments. */
  readonly example: string;
}

/** The page that lists every RPC. */
export interface SurfaceFile extends FileModel {
  readonly template: 'api-surface';
  readonly product: string;
  readonly package: string;
  /** Empty when the protos do not say. */
  readonly release: string;
  /** The deadline of unary RPCs that have none of their own. */
  readonly defaultDeadline: string;
  readonly count: number;
  readonly services: number;
  readonly oldest: string;
  readonly features: readonly {
    readonly name: string;
    readonly factory: string;
    readonly methods: readonly {
      readonly name: string;
      readonly rpc: string;
      readonly kind: string;
      readonly roles: string;
      readonly since: string;
      readonly idempotency: string;
      readonly deadline: string;
      readonly deprecated: string;
      readonly tests: string;
    }[];
  }[];
  readonly skipped: readonly { readonly rpc: string; readonly reason: string }[];
}

export type AnyFile = MessagesFile | FeatureFile | ServerFile | FullFile | SurfaceFile;
