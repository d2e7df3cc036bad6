import type { TalosClient, TalosNode } from 'talos-client';

/** A node of the story: what people call it, and how calls reach it. */
export interface StoryNode {
  readonly name: string;
  readonly address: string;
}

/** The nodes of the story, with what is done to one or all of them. */
export class StoryNodes {
  readonly talos: TalosClient;
  readonly all: readonly StoryNode[];

  constructor(talos: TalosClient, all: readonly StoryNode[]) {
    this.talos = talos;
    this.all = all;
  }

  /** All of them as a set, to call in one go. */
  get set() {
    return this.talos.nodes(this.all.map(({ address }) => address));
  }

  /** What people call the node with an address. */
  nameOf(address: string): string {
    return this.all.find((node) => node.address === address)?.name ?? address;
  }

  /** How calls reach the node with a name. */
  target(name: string): TalosNode {
    const node = this.all.find((candidate) => candidate.name === name);
    if (node === undefined) throw new RangeError(`the story has no node ${name}`);
    return this.talos.node(node.address);
  }
}
