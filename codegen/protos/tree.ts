import {
  type EnumFacts,
  type FieldFacts,
  type FileFacts,
  type MessageFacts,
  parentName,
} from './contract.js';

/** A message with what is declared inside it. */
export interface MessageNode {
  readonly facts: MessageFacts;
  readonly messages: readonly MessageNode[];
  readonly enums: readonly EnumFacts[];
}

/** The flat lists of a file as the tree that its text shows. */
export function messageTree(file: FileFacts): {
  readonly messages: readonly MessageNode[];
  readonly enums: readonly EnumFacts[];
} {
  const messagesIn = groupByParent(file.messages);
  const enumsIn = groupByParent(file.enums);
  const children = (parent: string): MessageNode[] =>
    (messagesIn.get(parent) ?? []).map((facts) => ({
      facts,
      messages: children(facts.name),
      enums: enumsIn.get(facts.name) ?? [],
    }));
  return { messages: children(file.package), enums: enumsIn.get(file.package) ?? [] };
}

/**
 * The same file in the one order that the renderer prints: imports by path, nested elements after
 * their parent, enums of messages before those of the file, fields by number. Authors order their
 * files as they like; two that say the same come out the same.
 */
export function inPrintedOrder(file: FileFacts): FileFacts {
  const tree = messageTree(file);
  const messages: MessageFacts[] = [];
  const enums: EnumFacts[] = [];
  const visit = (node: MessageNode): void => {
    messages.push({ ...node.facts, fields: byNumber(node.facts.fields) });
    enums.push(...node.enums);
    node.messages.forEach(visit);
  };
  tree.messages.forEach(visit);
  enums.push(...tree.enums);
  const { publicImports } = file;
  return {
    ...file,
    imports: [...file.imports].sort(),
    ...(publicImports === undefined ? {} : { publicImports: [...publicImports].sort() }),
    messages,
    enums,
  };
}

/** Fields by number, those of a oneof together where its first one stands. */
function byNumber(fields: readonly FieldFacts[]): FieldFacts[] {
  const groupOf = (field: FieldFacts) =>
    field.oneof === undefined
      ? field.number
      : Math.min(...fields.filter((each) => each.oneof === field.oneof).map((each) => each.number));
  const keyed = fields.map((field) => ({ field, group: groupOf(field) }));
  keyed.sort((a, b) => a.group - b.group || a.field.number - b.field.number);
  return keyed.map(({ field }) => field);
}

function groupByParent<T extends { readonly name: string }>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const parent = parentName(item.name);
    const group = groups.get(parent);
    if (group === undefined) groups.set(parent, [item]);
    else group.push(item);
  }
  return groups;
}
