import type { FieldFacts } from '../protos/contract.js';
import type { Facts } from './facts.js';
import { type FieldRow, ResourceFactsError } from './table.js';
import type { ShapeModel, StructureModel, WordsModel } from './types.js';

/** Where shapes find what they name. */
export interface ShapeSource {
  readonly structure: (go: string) => StructureModel;
  readonly words: (go: string, field: FieldFacts | undefined) => WordsModel | undefined;
  readonly rows: (go: string) => readonly FieldRow[] | undefined;
  readonly isEnum: (field: FieldFacts) => boolean;
}

/** The types that a shape can have in the contract; one that is not here is not checked. */
const wireTypes: Readonly<Record<string, readonly string[]>> = {
  address: ['common.NetIP'],
  base64: ['bytes'],
  bool: ['bool'],
  chars: ['bytes'],
  double: ['double'],
  duration: ['google.protobuf.Duration'],
  endpoint: ['common.NetIPPort'],
  int32: ['int32'],
  int64: ['int64'],
  json: ['google.protobuf.Struct'],
  mac: ['bytes'],
  pem: ['bytes'],
  prefix: ['common.NetIPPrefix'],
  text: ['string'],
  time: ['google.protobuf.Timestamp'],
  uint32: ['uint32'],
  uint64: ['uint64'],
  url: ['common.URL'],
};

const numberTypes: readonly string[] = ['double', 'int32', 'int64', 'uint32', 'uint64'];

/** Turns Go types into shapes. */
export class ShapeReader {
  readonly #facts: Facts;
  readonly #source: ShapeSource;
  /** Structures that are being read: a structure may hold itself. */
  readonly #onlyYaml = new Map<string, boolean>();

  constructor(facts: Facts, source: ShapeSource) {
    this.#facts = facts;
    this.#source = source;
  }

  empty(): ShapeModel {
    return { kind: 'empty', onlyYaml: true, isDuration: false };
  }

  /** The shape of a spec: of a structure, or one that `specs` of the facts names. */
  ofSpec(named: string): ShapeModel {
    if (!named.includes('.')) return { ...scalar(named), onlyYaml: true };
    const words = this.#source.words(named, undefined);
    if (words !== undefined) {
      return { kind: 'words', words: named, onlyYaml: true, isDuration: false };
    }
    return { ...this.#structure(named), structure: named };
  }

  ofField(structure: string, row: FieldRow, field: FieldFacts | undefined): ShapeModel {
    const [scope = ''] = structure.split('.');
    const place = `${structure}.${row.key}`;
    const shape = this.#ofType(row.type, scope, field, place);
    if (field !== undefined) checkLabel(shape, field, place);
    const checked = field === undefined ? { ...shape, onlyYaml: true } : shape;
    if (row.omitEmpty !== true) return checked;
    if (shape.kind === 'structure') return wrap('unlessZero', checked);
    return this.#facts.untold.includes(row.type) ? wrap('untold', checked) : checked;
  }

  #ofType(type: string, scope: string, field: FieldFacts | undefined, place: string): ShapeModel {
    const { shapes, numbers, pairs } = this.#facts;
    const qualified = type.includes('.') || shapes[type] ? type : `${scope}.${type}`;
    const named = shapes[type];
    if (named !== undefined) return this.#scalar(named, type, field, place);
    if (type.startsWith('[]')) {
      const of = this.#ofType(type.slice(2).replace(/^\*/, ''), scope, field, place);
      return { kind: 'list', of, orOne: false, onlyYaml: of.onlyYaml, isDuration: false };
    }
    if (type.startsWith('map[string]')) {
      const item = type.slice('map[string]'.length).replace(/^\*/, '');
      return wrap('map', this.#ofType(item, scope, field, place));
    }
    if (type.startsWith('*'))
      return wrap('maybe', this.#ofType(type.slice(1), scope, field, place));
    if (numbers.includes(type)) return this.#number(type, field, place);
    if (pairs.includes(qualified)) return { kind: 'pairs', onlyYaml: false, isDuration: false };
    return this.#ofName(qualified, field, place);
  }

  #ofName(go: string, field: FieldFacts | undefined, place: string): ShapeModel {
    const { flags, unknownWords } = this.#facts;
    const bits = flags[go];
    if (bits !== undefined)
      return { kind: 'flags', flags: bits, onlyYaml: false, isDuration: false };
    if (unknownWords.includes(go)) return { ...scalar('text'), onlyYaml: true };
    const words = this.#source.words(go, field);
    if (words !== undefined) {
      return { kind: 'words', words: go, onlyYaml: false, isDuration: false };
    }
    if (this.#source.rows(go) !== undefined) return this.#structure(go);
    throw new ResourceFactsError(
      `${place}: nothing is known of ${go}: say what it is in facts.yaml`,
    );
  }

  /** A structure, or the value of its one field where YAML shows that alone. */
  #structure(go: string): ShapeModel {
    const rows = this.#source.rows(go);
    if (rows === undefined) throw new ResourceFactsError(`there is no structure ${go}`);
    const [first] = rows;
    const isOnly =
      this.#facts.only.includes(go) ||
      this.#facts.lists.includes(go) ||
      (rows.length === 1 && first?.key === '');
    if (isOnly && first !== undefined) return this.#only(go, first);
    if (!this.#onlyYaml.has(go)) {
      this.#onlyYaml.set(go, false);
      const { fields } = this.#source.structure(go);
      this.#onlyYaml.set(
        go,
        fields.some(({ shape }) => shape.onlyYaml),
      );
    }
    const onlyYaml = this.#onlyYaml.get(go) ?? false;
    return { kind: 'structure', structure: go, onlyYaml, isDuration: false };
  }

  #only(go: string, row: FieldRow): ShapeModel {
    const [scope = ''] = go.split('.');
    const inner = this.#ofType(row.type, scope, undefined, go);
    const isList = this.#facts.lists.includes(go) && inner.kind === 'list';
    const of = isList ? { ...inner, orOne: true } : inner;
    const key = isList ? row.key : undefined;
    const { onlyYaml } = inner;
    return { kind: 'only', of, number: row.number, key, onlyYaml, isDuration: false };
  }

  #scalar(named: string, type: string, field: FieldFacts | undefined, place: string): ShapeModel {
    const expected = wireTypes[named];
    if (field === undefined || expected?.includes(field.type)) return scalar(named);
    // An expression is a tree in the protobuf; numbers of enums may stay numbers.
    if (type === 'cel.Expression') return { ...scalar(named), onlyYaml: true };
    if (named === 'uint32' && this.#source.isEnum(field)) return scalar(named);
    throw new ResourceFactsError(
      `${place}: ${type} is ${named}, but the contract has ${field.type}`,
    );
  }

  #number(type: string, field: FieldFacts | undefined, place: string): ShapeModel {
    const isPlain = type === 'int' || type === 'uint';
    if (field === undefined) return scalar(isPlain ? 'integer' : type);
    if (isPlain && field.type.endsWith('64')) return scalar('integer');
    if (numberTypes.includes(field.type)) return scalar(field.type);
    throw new ResourceFactsError(`${place}: ${type} is a number, the contract has ${field.type}`);
  }
}

/** A list in Go is one in the contract, and so is a map. */
function checkLabel({ kind }: ShapeModel, { label }: FieldFacts, place: string): void {
  const due = kind === 'list' || kind === 'pairs' ? 'repeated' : kind === 'map' ? 'map' : 'single';
  const isDue = due === 'single' ? label !== 'repeated' && label !== 'map' : label === due;
  if (!isDue) throw new ResourceFactsError(`${place} is ${due}, but the contract has ${label}`);
}

function scalar(name: string): ShapeModel {
  return { kind: 'scalar', scalar: name, onlyYaml: false, isDuration: name === 'duration' };
}

/** Durations keep their unit through lists and pointers. */
function wrap(kind: 'map' | 'maybe' | 'unlessZero' | 'untold', of: ShapeModel): ShapeModel {
  return { kind, of, onlyYaml: of.onlyYaml, isDuration: of.isDuration };
}
