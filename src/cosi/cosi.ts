import { resources, type Resource as WireResource } from '../../generated/features/resources.js';
import { callback, text } from '../runtime/arguments/kinds.js';
import { checkOptions, type Shape } from '../runtime/arguments/options.js';
import { type CallOptions, callOptionsShape } from '../runtime/call-options.js';
import { TalosConfigError } from '../runtime/errors/config-error.js';
import { TalosProtocolError } from '../runtime/errors/protocol-error.js';
import { quoted } from '../runtime/errors/quoted.js';
import { TalosRpcError } from '../runtime/errors/rpc-error.js';
import type { TalosStream } from '../runtime/stream.js';
import { checkTarget, type Target } from '../runtime/target.js';
import { checkId, checkKind } from './check-kind.js';
import { withDeadline } from './deadline.js';
import { resourceDecoder } from './decode-resource.js';
import { Definitions, nearestKinds } from './definitions.js';
import { explained } from './explain.js';
import type { Kind, SingleKind } from './kind.js';
import { queriesOf, queryShape, type ResourceQuery } from './query.js';
import { type Release, readRelease } from './release.js';
import type { Resource } from './resource.js';
import type { JsonValue } from './spec/shape.js';
import { type ResourceStore, type StoreOptions, storeOf } from './store/resource-store.js';
import { type ResourcePredicate, type WaitForOptions, waitForResource } from './store/wait-for.js';
import { watchResources } from './watch/watch.js';
import type { WatchEvent } from './watch/watch-event.js';
import type { WatchOptions } from './watch/watch-options.js';

/** Options of `get` and `find`. */
export interface GetOptions extends CallOptions {
  /** Where to look in place of the namespace of the kind. */
  readonly namespace?: string | undefined;
}

/** Options of `list`. */
export interface ListOptions<Spec> extends GetOptions, ResourceQuery {
  /** Which resources to keep; called here for each that the node sent. */
  readonly where?: ((resource: Resource<Spec>) => boolean) | undefined;
}

const getShape: Shape<GetOptions> = { ...callOptionsShape, namespace: text };
const listShape: Shape<ListOptions<unknown>> = { ...getShape, ...queryShape, where: callback };

/** From so many resources on, the release of the node is asked for, to read their protobuf. */
const MANY = 8;

/**
 * The milliseconds in which a node cannot come back with another release: what it answered within
 * them was answered by one release.
 */
const SAME_RELEASE_MS = 10_000;

/** The resources of a node: what `cosi(target)` gives. */
export class Cosi {
  readonly #target: Target;

  constructor(target: Target) {
    this.#target = checkTarget(target);
  }

  /**
   * Reads one resource. The id may be left out for kinds with one resource.
   *
   * @throws {TalosRpcError} with the status `not-found` when there is no such resource (`find` gives
   * `undefined`), and `unimplemented` when the node does not have the kind at all; the hint names
   * the nearest kinds.
   * @throws {TalosConfigError} for a namespace that the node does not have.
   * @throws {TalosProtocolError} when the spec does not fit its kind.
   */
  get<Spec>(kind: SingleKind<Spec>, id?: string, options?: GetOptions): Promise<Resource<Spec>>;
  get<Spec>(kind: Kind<Spec>, id: string, options?: GetOptions): Promise<Resource<Spec>>;
  async get<Spec>(
    kind: Kind<Spec>,
    id?: string,
    options: GetOptions = {},
  ): Promise<Resource<Spec>> {
    checkKind(kind, 'get');
    checkOptions(options, getShape, 'get');
    const { namespace = kind.namespace, ...call } = options;
    const request = { namespace, type: kind.type, id: checkId(kind, id, 'get') };
    const started = performance.now();
    try {
      // A single YAML is read faster than the release is asked for, unless that says too little.
      const [{ resource }, release] = await Promise.all([
        resources(this.#target).get(request, call),
        kind.spec?.yamlLacks === true ? this.#releaseSince(started, call) : undefined,
      ]);
      if (resource === undefined) throw new TalosProtocolError('a reply without a resource');
      const isSame = performance.now() - started < SAME_RELEASE_MS;
      return resourceDecoder(kind, isSame ? release : undefined)(resource);
    } catch (error) {
      throw await explained(error, this.#target, kind, namespace, call);
    }
  }

  /** As `get`, but gives `undefined` when there is no such resource. */
  find<Spec>(
    kind: SingleKind<Spec>,
    id?: string,
    options?: GetOptions,
  ): Promise<Resource<Spec> | undefined>;
  find<Spec>(
    kind: Kind<Spec>,
    id: string,
    options?: GetOptions,
  ): Promise<Resource<Spec> | undefined>;
  async find<Spec>(
    kind: Kind<Spec>,
    id?: string,
    options?: GetOptions,
  ): Promise<Resource<Spec> | undefined> {
    try {
      return await this.get(kind, id as string, options);
    } catch (error) {
      if (error instanceof TalosRpcError && error.status === 'not-found') return undefined;
      throw error;
    }
  }

  /**
   * Lists the resources of a kind, sorted by id. Those that are being torn down are among them.
   *
   * The deadline is that of unary calls unless `timeoutMs` says another one.
   *
   * @example
   * ```ts
   * const up = await cosi(node).list(LinkStatus, {
   *   idPattern: '^eth',
   *   where: ({ spec }) => spec.operationalState === 'up',
   * });
   * ```
   * @throws {TalosRpcError} with the status `unimplemented` when the node does not have the kind, and
   * `invalid-argument` when `idPattern` is no expression of RE2.
   * @throws {TalosConfigError} for a wrong option, and a namespace that the node does not have.
   * @throws {TalosProtocolError} when a spec does not fit its kind.
   */
  async list<Spec>(
    kind: Kind<Spec>,
    options: ListOptions<Spec> = {},
  ): Promise<readonly Resource<Spec>[]> {
    checkKind(kind, 'list');
    checkOptions(options, listShape as Shape<ListOptions<Spec>>, 'list');
    const { namespace = kind.namespace, labels, idPattern, where, ...rest } = options;
    const query = queriesOf({ labels, idPattern }, 'list');
    const call = withDeadline(this.#target, rest);
    const started = performance.now();
    const wire: WireResource[] = [];
    try {
      const request = { namespace, type: kind.type, options: query };
      for await (const { resource } of resources(this.#target).list(request, call)) {
        if (resource !== undefined) wire.push(resource);
      }
    } catch (error) {
      throw await explained(error, this.#target, kind, namespace, call);
    }
    const isWorthIt = wire.length >= MANY || kind.spec?.yamlLacks === true;
    const release = isWorthIt ? await this.#releaseSince(started, call) : undefined;
    const found = wire.map(resourceDecoder(kind, release));
    return where === undefined ? found : found.filter((resource) => where(resource));
  }

  /**
   * Finds a kind by its type or one of its names, as `talosctl get` does: `members`, `svc`,
   * `Members.cluster.talos.dev`. It asks the node, and so also finds kinds that this version of the
   * library does not know. Specs of what it gives are plain data with the keys of their YAML; for
   * specs with types import the kind.
   *
   * @throws {TalosConfigError} when the name leads to no kind of the node, or to several; the error
   * names them, or the nearest.
   */
  async kind(name: string, options: CallOptions = {}): Promise<Kind<JsonValue>> {
    if (typeof name !== 'string' || name === '') {
      throw new TalosConfigError('kind: name: expected the name of a kind, such as members', {
        field: 'name',
      });
    }
    checkOptions(options, callOptionsShape, 'kind');
    const call = withDeadline(this.#target, options);
    const definitions = await Definitions.of(this.#target, call);
    const [found, ...others] = definitions.named(name);
    if (found !== undefined && others.length === 0) return found;
    const near = found === undefined ? nearestKinds(name, definitions.all()) : [];
    const problem =
      found === undefined
        ? `there is no kind ${quoted(name)} on ${this.#target.address ?? 'the node'}${
            near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`
          }`
        : `${quoted(name)} stands for several kinds: ${[found, ...others].map(({ type }) => type).join(', ')}`;
    throw new TalosConfigError(`kind: name: ${problem}`, { field: 'name' });
  }

  /**
   * Watches the resources of a kind: first what there is, as `created`, then `synced`, and then every
   * change. It goes on when connections are lost, endpoints change and the node is rebooted: at the
   * very change where it stood if the node still has it, and else with what differs. It ends when it is
   * left, by its signal, and with an error that no other connection mends.
   *
   * @example
   * ```ts
   * for await (const event of cosi(node).watch(Member)) {
   *   if (event.type === 'created') console.log(event.resource.spec.hostname);
   * }
   * ```
   * @throws {TalosConfigError} for a target that is no named node: two nodes would be mixed.
   * @throws {TalosRpcError} from the stream: `unimplemented` when the node does not have the kind,
   * `permission-denied`, `invalid-argument`.
   */
  watch<Spec>(kind: Kind<Spec>, options: WatchOptions<Spec> = {}): TalosStream<WatchEvent<Spec>> {
    return watchResources(this.#target, kind, options);
  }

  /**
   * Keeps the resources of a kind in memory, always as a whole and as new as the connection allows.
   * Stores of the same kind and node share one watch.
   *
   * @example
   * ```ts
   * await using members = cosi(node).store(Member);
   * await members.ready;
   * console.log(members.get('cp-1')?.spec.addresses);
   * ```
   * @throws {TalosConfigError} for a target that is no named node: two nodes would be mixed.
   */
  store<Spec>(kind: Kind<Spec>, options: StoreOptions<Spec> = {}): ResourceStore<Spec> {
    return storeOf(this.#target, kind, options);
  }

  /**
   * Waits until a resource is as `predicate` says, also across reboots, and gives it. `predicate` gets
   * nothing while there is no such resource.
   *
   * @example
   * ```ts
   * await cosi(node).waitFor(MachineStatus, 'machine', (it) => it?.spec.stage === 'running');
   * ```
   * @throws {TalosConfigError} for a target that is no named node.
   * @throws {TalosRpcError} `deadline-exceeded` when `timeoutMs` have passed.
   */
  waitFor<Spec>(
    kind: Kind<Spec>,
    id: string,
    predicate: ResourcePredicate<Spec>,
    options: WaitForOptions = {},
  ): Promise<Resource<Spec> | undefined> {
    return waitForResource(this.#target, kind, id, predicate, options);
  }

  /** The node's release, if it is certain that it was the same since `started`. */
  async #releaseSince(
    started: number,
    { signal, metadata }: CallOptions,
  ): Promise<Release | undefined> {
    const left = SAME_RELEASE_MS - (performance.now() - started);
    if (left <= 0) return undefined;
    try {
      return await readRelease(this.#target, { signal, metadata, timeoutMs: left });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof TalosRpcError) return undefined;
      throw error;
    }
  }
}

/**
 * Gives the resources of a node, or of whichever endpoint answers when `target` is the client.
 *
 * @example
 * ```ts
 * import { cosi } from 'talos-client/cosi';
 * import { MachineStatus } from 'talos-client/cosi/runtime';
 *
 * const { spec } = await cosi(node).get(MachineStatus);
 * console.log(spec.stage);
 * ```
 */
export function cosi(target: Target): Cosi {
  return new Cosi(target);
}
