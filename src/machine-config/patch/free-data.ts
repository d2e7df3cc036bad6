import { Pair, Scalar, YAMLMap } from 'yaml';
import { Decoder } from '../parse/decode.js';
import type { Problems } from '../parse/problems.js';
import type { YamlDocument } from '../parse/yaml.js';
import type { Field, FieldType, Structure } from '../structure/structure.js';

/** The data of a YAML document by itself, whatever any structure says. */
export function freeData(document: YamlDocument, problems: Problems, type: FieldType): unknown {
  const { places, target, contents } = document;
  // Decoding begins with a structure: the document is made its only field.
  const decoder = new Decoder({ problems, places, target, release: '', document: '' });
  const wrapped = new YAMLMap();
  wrapped.items.push(new Pair(new Scalar(key), contents));
  return decoder.structure(wrapped, { ...only, field: () => ({ ...field, type }) })[key];
}

const key = 'data';

const only: Structure = { name: 'Data', fields: [], field: () => undefined };

const field: Omit<Field, 'type'> = {
  key,
  pointer: false,
  omitEmpty: false,
  required: false,
  replace: false,
  secret: false,
  since: undefined,
  removed: undefined,
  deprecated: undefined,
};
