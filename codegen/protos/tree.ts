import { type EnumFacts, type FileFacts, type MessageFacts, parentName } from './contract.js';

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

/** The same file with messages and enums in the order in which the renderer prints them. */
export function inPrintedOrder(file: FileFacts): FileFacts {
  const tree = messageTree(file);
  const messages: MessageFacts[] = [];
  const enums: EnumFacts[] = [];
  const visit = (node: MessageNode): void => {
    messages.push(node.facts);
    enums.push(...node.enums);
    node.messages.forEach(visit);
  };
  tree.messages.forEach(visit);
  enums.push(...tree.enums);
  return { ...file, messages, enums };
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
