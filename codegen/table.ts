/**
 * The input beside the protos: which RPC belongs to which feature, and what a proto file cannot
 * say about it. `features.ts` is the table for Talos; `--table FILE` gives another one.
 */
export interface FeatureTable {
  /** What the protos describe, as doc comments name it: `Talos`. */
  readonly product: string;
  /** The npm package that the output is published in, for examples. */
  readonly package?: string;
  /** Whether to generate `full.ts`, the client of this library with every feature as a member. */
  readonly full?: true;
  /** The release the rows were written for. In an older tree, what it does not have is left out. */
  readonly release?: string;
  /** By the feature's name, in kebab-case: it becomes the file and the subpath. */
  readonly features: Readonly<Record<string, FeatureRow>>;
  /** RPCs that no feature offers, with the reason: `machine.MachineService/Version`. */
  readonly skipped?: Readonly<Record<string, string>>;
  /** Services that the server can ask on many nodes in one call. */
  readonly aggregating?: readonly string[];
  /** Packages whose messages form modules of their own, whether an RPC reaches them or not. */
  readonly libraries?: readonly LibraryRow[];
  /** Full message or enum name → TypeScript name, where the name by rule would clash. */
  readonly names?: Readonly<Record<string, string>>;
}

/** One feature: a client class, its factory and a module of messages. */
export interface FeatureRow {
  /** Completes "Gives the … calls" and says what the feature is about. */
  readonly about: string;
  /** By RPC, such as `machine.MachineService/Version`. */
  readonly methods: Readonly<Record<string, MethodRow>>;
  /** Messages that no request or reply names but that arrive all the same, inside an `Any`. */
  readonly extraRoots?: readonly string[];
}

/** What the protos do not say about an RPC. */
export interface MethodRow {
  /** The method's name. Default: the RPC's name, less the feature's, in lower camel case. */
  readonly name?: string;
  readonly idempotency: 'read' | 'idempotent' | 'unsafe';
  /**
   * Milliseconds that callers wait for the one reply unless they say otherwise, or `none`. Set on
   * unary RPCs that may work for longer than the client's default.
   */
  readonly timeoutMs?: number | 'none';
  /** The roles that may call it. Empty when it asks for none. */
  readonly roles: readonly string[];
  /** The release that brought it; the oldest one known stands for that or an earlier one. */
  readonly since: string;
  /** The last release that has it; set on what newer trees no longer hold. */
  readonly until?: string;
  /** Whether only control plane nodes answer it. */
  readonly controlPlane?: true;
  /**
   * Fields of the request that callers must state, as written in TypeScript (`devices.method` for
   * one inside another), each with words for what the call would do without it: they complete
   * "left out, it …", as in `would wipe all disks`. Callers who leave one out read them.
   */
  readonly required?: Readonly<Record<string, string>>;
  /**
   * Set on streams that go on until their reader leaves them: always, or when this field of the
   * request is true.
   */
  readonly follows?: true | string;
}

/** The module that the messages of one package, or of each package below it, live in. */
export interface LibraryRow {
  /** A package, or `talos.resource.definitions.*` for each package one level below. */
  readonly package: string;
  /** Module path below the messages folder; `*` stands for the last part of the package. */
  readonly module: string;
}

/** Entries of the table that do not fit the protos. The message says which lines to change. */
export class TableError extends Error {
  override readonly name = 'TableError';
  /** Full names that need another TypeScript name, as two things have the same. */
  readonly clashes: readonly string[];

  constructor(message: string, clashes: readonly string[] = []) {
    super(message);
    this.clashes = clashes;
  }
}
