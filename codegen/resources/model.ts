import type { Tree } from '../load.js';
import { fieldName } from '../naming.js';
import type { FieldFacts } from '../protos/contract.js';
import { Schema } from '../schema.js';
import type { ExtraStructure, Facts } from './facts.js';
import { aliasesOf, singular } from './names.js';
import { ShapeReader } from './shapes.js';
import { type FieldRow, type KindRow, type KindTable, ResourceFactsError } from './table.js';
import type {
  FieldModel,
  KindModel,
  ResourcesModel,
  ShapeModel,
  StructureModel,
  WordsModel,
} from './types.js';

/** The package of the messages that specs are. */
const definitions = 'talos.resource.definitions';

/** Joins the contract, the table and the facts. What does not fit together stops the run. */
export function buildResourcesModel(tree: Tree, table: KindTable, facts: Facts): ResourcesModel {
  return new Builder(tree, table, facts).build();
}

class Builder {
  readonly #tree: Tree;
  readonly #schema: Schema;
  readonly #table: KindTable;
  readonly #facts: Facts;
  readonly #shapes: ShapeReader;
  readonly #structures = new Map<string, StructureModel>();
  readonly #words = new Map<string, WordsModel>();

  constructor(tree: Tree, table: KindTable, facts: Facts) {
    this.#tree = tree;
    this.#schema = new Schema(tree.contract);
    this.#table = table;
    this.#facts = facts;
    this.#shapes = new ShapeReader(facts, {
      structure: (go) => this.#structure(go),
      words: (go, field) => this.#wordsOf(go, field),
      rows: (go) => this.#extra(go)?.fields,
      isEnum: (field) =>
        this.#schema.hasType(field.type) && this.#schema.type(field.type).enumeration !== undefined,
    });
  }

  build(): ResourcesModel {
    const { releases, kinds } = this.#table;
    const [oldest = ''] = releases;
    const release = releases.at(-1) ?? '';
    if (release !== this.#tree.release) {
      throw new ResourceFactsError(
        `the contract is of Talos ${this.#tree.release}, the table of kinds of ${release}`,
      );
    }
    const extra = Object.entries(this.#facts.kinds).map(([type, rest]) => ({ type, ...rest }));
    const all = [...kinds, ...extra].sort((a, b) => (a.type < b.type ? -1 : 1));
    const models = all.map((kind) => this.#kind(kind));
    const byName = <T extends { readonly go: string }>(items: Iterable<T>) =>
      [...items].sort((a, b) => (a.go < b.go ? -1 : 1));
    return {
      release,
      oldest,
      kinds: models,
      structures: byName(this.#structures.values()),
      words: byName(this.#words.values()),
    };
  }

  #kind(kind: KindRow): KindModel {
    const { type, go, namespace, aliases = [], sensitive = false, since } = kind;
    const ownOnly = this.#facts.ownAliasesOnly.includes(type);
    const [group = ''] = go.split('.');
    const spec = this.#spec(go);
    return {
      type,
      name: this.#facts.names[type] ?? singular(type),
      group,
      namespace,
      aliases: aliasesOf(
        type,
        [...aliases, ...(this.#facts.aliases[type] ?? [])],
        ownOnly,
        this.#facts.singulars[type],
      ),
      sensitive,
      id: this.#id(go),
      since,
      text: this.#facts.texts[type] ?? this.#kindText(type, go, spec),
      spec,
    };
  }

  #id(go: string): string | undefined {
    if (this.#facts.notSingle.includes(go)) return undefined;
    return this.#facts.ids[go] ?? this.#table.ids[`${go}ID`];
  }

  #spec(go: string): ShapeModel {
    if (this.#facts.empty.includes(go)) return this.#shapes.empty();
    const named = this.#facts.specs[go] ?? `${go}Spec`;
    return this.#shapes.ofSpec(named);
  }

  /** What the comment of the message says, without what the page says beside it. */
  #kindText(type: string, go: string, { structure }: ShapeModel): string {
    const own = this.#tree.comments.get(`${definitions}.${go}Spec`);
    const text = own ?? this.#structures.get(structure ?? '')?.text ?? '';
    const [, sentence = ''] =
      /^Spec of (?:`[^`]+` \(.*?\): |`[^`]+`: )?([^.]*(?:\.\S[^.]*)*\.)/s.exec(text) ?? [];
    if (sentence === '') {
      throw new ResourceFactsError(`${type} has no sentence: write one under texts of facts.yaml`);
    }
    return sentence.charAt(0).toUpperCase() + sentence.slice(1);
  }

  #extra(go: string): ExtraStructure | undefined {
    const rows = this.#table.structures[go];
    return rows === undefined ? this.#facts.structures[go] : { fields: rows };
  }

  /** Takes a structure into the model, with all that it holds. */
  #structure(go: string): StructureModel {
    const known = this.#structures.get(go);
    if (known !== undefined) return known;
    const extra = this.#extra(go);
    if (extra === undefined) throw new ResourceFactsError(`there is no structure ${go}`);
    const [group = '', short = ''] = go.split('.');
    const message = messageOf(go, extra);
    if (message !== undefined && !this.#schema.hasType(message)) {
      throw new ResourceFactsError(`${go} has no message ${message}`);
    }
    const fields: FieldModel[] = [];
    const model: StructureModel = {
      go,
      name: this.#facts.names[go] ?? short,
      group,
      text: message === undefined ? '' : (this.#tree.comments.get(message) ?? ''),
      fields,
      scalar: this.#facts.scalars[go],
    };
    this.#structures.set(go, model);
    for (const row of extra.fields) fields.push(this.#field(go, message, row));
    return model;
  }

  #field(
    go: string,
    message: string | undefined,
    row: FieldRow & { readonly name?: string },
  ): FieldModel {
    const field = this.#fieldFacts(go, message, row.number);
    const shape = this.#shapes.ofField(go, row, field);
    const base = row.name ?? fieldName(field?.name ?? row.key);
    return {
      name: shape.isDuration ? `${base}Ms` : base,
      number: row.number,
      key: row.key,
      olderKey: row.olderKey,
      text: field === undefined ? '' : (this.#tree.comments.get(`${message}.${field.name}`) ?? ''),
      shape,
    };
  }

  #fieldFacts(go: string, message: string | undefined, number: number): FieldFacts | undefined {
    if (message === undefined) return undefined;
    const field = this.#schema.message(message).fields.find((each) => each.number === number);
    if (field === undefined) {
      throw new ResourceFactsError(`${go}: ${message} has no field ${number}`);
    }
    return field;
  }

  #wordsOf(go: string, field: FieldFacts | undefined): WordsModel | undefined {
    const words = this.#facts.words[go];
    if (words === undefined) return undefined;
    const known = this.#words.get(go);
    if (known !== undefined) return known;
    const [, short = ''] = go.split('.');
    const model: WordsModel = {
      go,
      name: this.#facts.names[go] ?? short,
      words: Object.entries(words).map(([number, word]) => [Number(number), word]),
      called: this.#facts.plainNumbers.includes(go) ? undefined : short,
      text: field === undefined ? '' : (this.#tree.comments.get(field.type) ?? ''),
    };
    this.#words.set(go, model);
    return model;
  }
}

function messageOf(go: string, extra: ExtraStructure): string | undefined {
  if ('message' in extra || extra.fields.some(({ name }) => name !== undefined)) {
    return extra.message;
  }
  return `${definitions}.${go}`;
}
