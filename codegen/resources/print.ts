import { libraryModule, use, useType } from '../uses.js';
import { constantOf } from './names.js';
import type { ResourcesModel, ShapeModel, StructureModel, WordsModel } from './types.js';

/** In which module a structure is; words are all in one. */
export type HomeOf = (structure: StructureModel) => string;

export const wordsModule = 'cosi/words';

const shapeModule = libraryModule('cosi/spec/shape');

const types: Readonly<Record<string, string>> = {
  bool: 'boolean',
  double: 'number',
  duration: 'number',
  int32: 'number',
  integer: 'number',
  int64: 'bigint',
  uint32: 'number',
  uint64: 'bigint',
};

/** Prints shapes, and the types of what they become. */
export class ShapePrinter {
  readonly #structures: ReadonlyMap<string, StructureModel>;
  readonly #words: ReadonlyMap<string, WordsModel>;
  readonly #homeOf: HomeOf;

  constructor(model: ResourcesModel, homeOf: HomeOf) {
    this.#structures = new Map(model.structures.map((structure) => [structure.go, structure]));
    this.#words = new Map(model.words.map((words) => [words.go, words]));
    this.#homeOf = homeOf;
  }

  /** The TypeScript type of what a shape becomes. */
  type(shape: ShapeModel): string {
    switch (shape.kind) {
      case 'scalar':
        if (shape.scalar === 'json') return useType(shapeModule, 'JsonObject');
        return types[shape.scalar] ?? 'string';
      case 'structure': {
        const structure = this.#structure(shape.structure);
        return useType(this.#homeOf(structure), structure.name);
      }
      case 'words':
        return useType(wordsModule, this.#wordsOf(shape.words).name);
      case 'flags':
        return `readonly ${wordType(Object.values(shape.flags))}[]`;
      case 'list': {
        const of = this.type(shape.of);
        return of.includes(' ') ? `readonly (${of})[]` : `readonly ${of}[]`;
      }
      case 'map':
        return `Readonly<Record<string, ${this.type(shape.of)}>>`;
      case 'pairs':
        return 'Readonly<Record<string, string>>';
      case 'maybe':
      case 'unlessZero':
      case 'untold':
        return `${this.type(shape.of)} | undefined`;
      case 'only':
        return this.type(shape.of);
      case 'empty':
        return 'Readonly<Record<string, never>>';
    }
  }

  /** The shape as code. */
  shape(shape: ShapeModel): string {
    switch (shape.kind) {
      case 'scalar':
        return quote(shape.scalar);
      case 'structure': {
        const structure = this.#structure(shape.structure);
        return use(this.#homeOf(structure), constantOf(structure.name, 'Shape'));
      }
      case 'words':
        return use(wordsModule, constantOf(this.#wordsOf(shape.words).name, 'Words'));
      case 'flags':
        return `{ flags: ${record(Object.entries(shape.flags))} }`;
      case 'list':
        return `{ list: ${this.shape(shape.of)}${shape.orOne ? ', orOne: true' : ''} }`;
      case 'map':
        return `{ map: ${this.shape(shape.of)} }`;
      case 'pairs':
        return '{ pairs: true }';
      case 'maybe':
      case 'unlessZero':
      case 'untold':
        return `{ ${shape.kind}: ${this.shape(shape.of)} }`;
      case 'only':
        return `{ only: ${this.shape(shape.of)}, number: ${shape.number}${
          shape.key === undefined ? '' : `, key: ${quote(shape.key)}`
        } }`;
      case 'empty':
        return '{ fields: [] }';
    }
  }

  /** The structures that a shape holds at once, not those inside of them. */
  structuresIn(shape: ShapeModel): StructureModel[] {
    if (shape.kind === 'structure') return [this.#structure(shape.structure)];
    return 'of' in shape ? this.structuresIn(shape.of) : [];
  }

  /**
   * Whether a shape holds what YAML never shows: a structure whose addresses alone are set counts as
   * zero there.
   */
  hasUntold(shape: ShapeModel): boolean {
    if (shape.kind === 'untold') return true;
    if (shape.kind === 'unlessZero' && shape.of.kind === 'structure') {
      const { fields } = this.#structure(shape.of.structure);
      const isAddress = (of: ShapeModel) =>
        of.kind === 'scalar' && ['address', 'prefix', 'endpoint'].includes(of.scalar);
      if (fields.some((field) => isAddress(field.shape))) return true;
    }
    if (shape.kind !== 'structure') return 'of' in shape && this.hasUntold(shape.of);
    return this.#structure(shape.structure).fields.some((field) => this.hasUntold(field.shape));
  }

  /** The enums that a shape holds. */
  wordsIn(shape: ShapeModel): WordsModel[] {
    if (shape.kind === 'words') return [this.#wordsOf(shape.words)];
    return 'of' in shape ? this.wordsIn(shape.of) : [];
  }

  #structure(go: string): StructureModel {
    const structure = this.#structures.get(go);
    if (structure === undefined) throw new Error(`${go} is no structure of the model`);
    return structure;
  }

  #wordsOf(go: string): WordsModel {
    const words = this.#words.get(go);
    if (words === undefined) throw new Error(`${go} is no enum of the model`);
    return words;
  }
}

/** `Word<'up' | 'down'>`, the words that are there. */
export function wordType(words: readonly string[]): string {
  const known = [...new Set(words)].map(quote).join(' | ');
  return `${useType(shapeModule, 'Word')}<${known}>`;
}

/** `{ 0: 'unknown', 1: 'up' }`. */
export function record(entries: readonly (readonly [number | string, string])[]): string {
  const parts = entries.map(([number, word]) => {
    const key = Number(number) < 0 ? `[${number}]` : number;
    return `${key}: ${quote(word)}`;
  });
  return `{ ${parts.join(', ')} }`;
}

export function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
