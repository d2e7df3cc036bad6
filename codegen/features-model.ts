import { deadlineText, deprecation, docComment, paragraphs, plainText, removalOf } from './docs.js';
import { quote } from './fields.js';
import { header } from './header.js';
import type { Tree } from './load.js';
import type { ExportModel, FeatureFile, MethodModel, ServerModel } from './model.js';
import { constantName, factoryName, pascalName } from './naming.js';
import type { Problems } from './problems.js';
import type { FieldFacts } from './protos/contract.js';
import { isOlder } from './releases.js';
import type { FeaturePlan, MethodPlan } from './rows.js';
import { isBytesCarrier, replyShape } from './shapes.js';
import type { FeatureTable, MethodRow } from './table.js';
import type { TypeIndex } from './type-index.js';
import { relativeModule, runtimeModule, use, useType } from './uses.js';

const initOf = (type: string) => `${useType(runtimeModule('codec'), 'Init')}<${type}>`;
const callOptions = useType(runtimeModule('call-options'), 'CallOptions');

/** The names that the module of a feature declares. */
export function featureNames(
  feature: string,
): Pick<FeatureFile, 'factory' | 'client' | 'constant' | 'constantType'> {
  const pascal = pascalName(feature);
  return {
    factory: factoryName(feature),
    client: `${pascal}Client`,
    constant: constantName(feature, 'Methods'),
    constantType: `${pascal}Methods`,
  };
}

/** Builds the modules of features: facts of the RPCs, client class and factory. */
export class FeaturesBuilder {
  readonly #tree: Tree;
  readonly #index: TypeIndex;
  readonly #table: FeatureTable;
  readonly #problems: Problems;

  constructor(tree: Tree, index: TypeIndex, table: FeatureTable, problems: Problems) {
    this.#tree = tree;
    this.#index = index;
    this.#table = table;
    this.#problems = problems;
  }

  feature(plan: FeaturePlan): FeatureFile {
    const path = `features/${plan.name}`;
    const names = featureNames(plan.name);
    const { factory } = names;
    const exports = this.#exports(plan, path);
    const calls = `${plan.row.about} calls`;
    const methods = plan.methods.map((method) => this.#method(plan, method));
    return {
      template: 'feature',
      path: `${path}.ts`,
      header: header(plan.methods.map(({ rpc }) => rpc.file.path)),
      declares: Object.values(names),
      exports,
      clientDoc: docComment(`The ${calls} of a node: what \`${factory}(target)\` gives.`, 0),
      factoryDoc: docComment(
        `Gives the ${calls} of a node, or of whichever endpoint answers when \`target\` is the client.`,
        0,
      ),
      ...names,
      methods,
    };
  }

  /** How a server reads the requests and writes the replies of the feature's RPCs; `index` is its. */
  server(plan: FeaturePlan, index: TypeIndex): ServerModel {
    const constant = use(`features/${plan.name}`, featureNames(plan.name).constant);
    const methods = plan.methods.map(({ name, rpc: { method } }) => ({
      method: `${constant}.${name}`,
      decode: index.useDecoder(method.input),
      encode: index.useEncoder(method.output),
    }));
    return {
      kind: 'server',
      doc: docComment(
        'The RPCs of the feature, with the codecs by which a server answers them.',
        0,
      ),
      name: constantName(plan.name, 'ServerMethods'),
      methods,
    };
  }

  /** Types of requests and of what methods give, and the codecs of messages that travel in an `Any`. */
  #exports(plan: FeaturePlan, path: string): ExportModel[] {
    const { schema } = this.#index;
    const roots = plan.methods.flatMap(({ rpc: { method } }) => {
      const { unwrap, type } = replyShape(schema, method);
      const reply = unwrap === 'bytes' || type === undefined ? [] : [type];
      const request = method.clientStreaming && isBytesCarrier(schema, method.input);
      return request ? reply : [method.input, ...reply];
    });
    const files = new Map<string, string[]>();
    const add = (file: string, name: string): void => {
      const list = files.get(file);
      if (list === undefined) files.set(file, [name]);
      else list.push(name);
    };
    const used = new Map<string, string>();
    for (const name of schema.reachable([...roots, ...plan.extraRoots])) {
      const short = this.#index.name(name);
      const other = used.get(short);
      if (other !== undefined) {
        this.#problems.clash(`${path}: ${other} and ${name} are both called ${short} there`, name);
      }
      used.set(short, name);
      add(this.#index.file(name), `type ${short}`);
    }
    for (const name of plan.extraRoots) {
      add(this.#index.file(name), this.#index.decoder(name));
    }
    return [...files].map(([file, names]) => exportOf(relativeModule(path, file), names));
  }

  #method(feature: FeaturePlan, { name, rpc, row }: MethodPlan): MethodModel {
    const { schema } = this.#index;
    const { method, service } = rpc;
    const { unwrap, type } = replyShape(schema, method);
    const kind = kindOf(method);
    const removal = method.deprecated === true ? removalOf(method) : undefined;
    const wrapsBytes = method.clientStreaming && isBytesCarrier(schema, method.input);
    const requestType = wrapsBytes ? 'Uint8Array' : this.#index.useType(method.input);
    const replyType =
      unwrap === 'bytes' ? 'Uint8Array' : type === undefined ? 'void' : this.#index.useType(type);
    const required = this.#required(feature, rpc.name, row);
    const optional = row.idempotency === 'read' && required.length === 0;
    const input = this.#stated(
      method.input,
      required.map(({ parts }) => parts),
    );
    const item = wrapsBytes ? requestType : initOf(requestType);
    const request = method.clientStreaming
      ? `requests: AsyncIterable<${item}> | Iterable<${item}>`
      : `request: ${input}${optional ? ' = {}' : ''}`;
    return {
      name,
      kind,
      call: use(
        runtimeModule('call'),
        {
          unary: 'callUnary',
          'server-stream': 'callServerStream',
          'client-stream': 'callClientStream',
          duplex: 'callDuplex',
        }[kind],
      ),
      path: `/${rpc.name}`,
      doc: this.#methodDoc(rpc.name, row, `${service.name}.${method.name}`, method),
      idempotency: row.idempotency,
      timeoutMs: this.#ownTimeout(feature, rpc.name, row, kind),
      roles: `[${row.roles.map(quote).join(', ')}]`,
      since: quote(row.since),
      controlPlane: row.controlPlane === true,
      required: required.map(({ parts, without }) => ({
        field: parts.length === 1 ? parts.join() : quote(parts.join('.')),
        without: quote(without),
      })),
      aggregates:
        this.#table.aggregating?.includes(service.name) === true && !method.clientStreaming,
      follows: this.#follows(feature, rpc.name, row, kind),
      removal: removal === undefined ? '' : quote(removal),
      unwrap,
      wrapsBytes,
      requestType,
      replyType,
      encode: this.#index.useEncoder(method.input),
      decode: this.#index.useDecoder(method.output),
      parameters: `${request}, options?: ${callOptions}`,
      argument: method.clientStreaming ? 'requests' : 'request',
      result: method.serverStreaming
        ? `${useType(runtimeModule('stream'), 'TalosStream')}<${replyType}>`
        : `Promise<${replyType}>`,
    };
  }

  #methodDoc(
    rpc: string,
    row: MethodPlan['row'],
    fullName: string,
    method: MethodPlan['rpc']['method'],
  ): string[] {
    const comment = plainText(this.#tree.comments.get(fullName) ?? '');
    const roles =
      row.roles.length === 0 ? '' : ` Roles: ${row.roles.map((role) => `\`${role}\``).join(', ')}.`;
    const deadline =
      row.timeoutMs === undefined ? '' : ` Deadline: ${deadlineText(row.timeoutMs)}.`;
    const facts = `RPC \`${rpc}\`.${roles} Since ${this.#table.product} ${row.since}.${deadline}`;
    return docComment(paragraphs(comment, facts, deprecation(method, this.#table.product)), 2);
  }

  /** The deadline of the RPC's own as a literal; only where there is one reply to wait for. */
  #ownTimeout(
    feature: FeaturePlan,
    rpc: string,
    { timeoutMs }: MethodRow,
    kind: MethodModel['kind'],
  ): string {
    if (timeoutMs === undefined) return '';
    if (kind !== 'unary') {
      this.#problems.add(
        `features.${feature.name}.methods['${rpc}'].timeoutMs: streams have no deadline: remove it`,
      );
    }
    return timeoutMs === 'none'
      ? quote(timeoutMs)
      : String(timeoutMs).replace(/\B(?=(\d{3})+$)/g, '_');
  }

  /** When the stream goes on until its reader leaves it, as a literal. */
  #follows(
    feature: FeaturePlan,
    rpc: string,
    { follows }: MethodRow,
    kind: MethodModel['kind'],
  ): string {
    if (follows === undefined) return '';
    const place = `features.${feature.name}.methods['${rpc}'].follows`;
    if (kind !== 'server-stream') {
      this.#problems.add(`${place}: only a stream of replies to one request goes on: remove it`);
    }
    if (follows === true) return 'true';
    const input = this.#index.schema.rpc(rpc)?.method.input;
    const field = input === undefined ? undefined : this.#field(input, follows);
    if (field?.type === 'bool') return quote(follows);
    if (!isOlder(this.#table, this.#tree.release)) {
      this.#problems.add(`${place}: no field '${follows}' of type bool in ${input}`);
    }
    return '';
  }

  /** The required fields as paths of TypeScript names; refuses one that the request does not have. */
  #required(feature: FeaturePlan, rpc: string, { required = {} }: MethodRow): Required[] {
    const { schema } = this.#index;
    const facts = schema.rpc(rpc);
    if (facts?.method.clientStreaming === true && Object.keys(required).length > 0) {
      this.#problems.add(
        `features.${feature.name}.methods['${rpc}'].required: a stream of requests has no fields ` +
          'that each must state',
      );
      return [];
    }
    return Object.entries(required).flatMap(([path, without]) => {
      const parts = path.split('.');
      let type = facts?.method.input;
      for (const part of parts) {
        const field: FieldFacts | undefined =
          type === undefined ? undefined : this.#field(type, part);
        if (field === undefined) {
          if (isOlder(this.#table, this.#tree.release)) return [];
          const place = `features.${feature.name}.methods['${rpc}'].required`;
          this.#problems.add(
            `${place}: no field '${path}' in ${facts?.method.input ?? 'the request'}`,
          );
          return [];
        }
        type = schema.hasType(field.type) && field.oneof === undefined ? field.type : undefined;
      }
      return [{ parts, without }];
    });
  }

  #field(message: string, name: string): FieldFacts | undefined {
    const names = this.#index.fields(message);
    const { fields } = this.#index.schema.message(message);
    return fields.find((field) => field.oneof === undefined && names.get(field.name) === name);
  }

  /** The type of a request of which some fields must be stated. */
  #stated(message: string, required: readonly (readonly string[])[]): string {
    const name = this.#index.useType(message);
    if (required.length === 0) return initOf(name);
    const own = [...new Set(required.map(([first = '']) => first))];
    const nested = own.flatMap((first) => {
      const rest = required
        .filter(([head, ...tail]) => head === first && tail.length > 0)
        .map(([, ...tail]) => tail);
      if (rest.length === 0) return [];
      const field = this.#field(message, first);
      if (field === undefined) return [];
      const type = this.#stated(field.type, rest);
      return [
        `readonly ${first}: ${field.label === 'repeated' ? `readonly ${paren(type)}[]` : type}`,
      ];
    });
    const generic = useType(runtimeModule('codec'), 'Stated');
    const stated = `${generic}<${name}, ${own.map(quote).join(' | ')}>`;
    return nested.length === 0 ? stated : `${stated} & { ${nested.join('; ')} }`;
  }
}

/** A field that callers must state, as a path, and what the call would do without. */
interface Required {
  readonly parts: readonly string[];
  readonly without: string;
}

function exportOf(from: string, names: readonly string[]): ExportModel {
  const onlyTypes = names.every((name) => name.startsWith('type '));
  const list = onlyTypes ? names.map((name) => name.replace(/^type /, '')) : names;
  return { from, onlyTypes, names: list };
}

function paren(type: string): string {
  return type.includes(' & ') ? `(${type})` : type;
}

function kindOf(method: {
  readonly clientStreaming: boolean;
  readonly serverStreaming: boolean;
}): MethodModel['kind'] {
  if (method.clientStreaming) return method.serverStreaming ? 'duplex' : 'client-stream';
  return method.serverStreaming ? 'server-stream' : 'unary';
}
