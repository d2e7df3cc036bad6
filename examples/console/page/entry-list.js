import { element } from './dom.js';
import { timeOfDay } from './format.js';

/** @typedef {import('../protocol.js').Entry} Entry */

/** How many entries are shown. */
const KEPT = 400;

/** A list of what nodes told. It stays at its end while that is in sight. */
export class EntryList {
  #list;
  #nameOf;
  /** @type {number[]} */
  #times = [];

  /**
   * @param {HTMLElement} list
   * @param {(address: string) => string} nameOf
   */
  constructor(list, nameOf) {
    this.#list = list;
    this.#nameOf = nameOf;
  }

  /** @param {readonly Entry[]} entries */
  reset(entries) {
    this.#list.replaceChildren();
    this.#times = [];
    for (const entry of entries) this.#insert(entry);
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  /** @param {Entry} entry */
  add(entry) {
    const { scrollTop, clientHeight, scrollHeight } = this.#list;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < 30;
    this.#insert(entry);
    if (isAtEnd) this.#list.scrollTop = this.#list.scrollHeight;
  }

  /**
   * Shows what a node told under another name: its own one is not known from the start.
   *
   * @param {string} address
   * @param {string} name
   */
  rename(address, name) {
    for (const item of this.#list.querySelectorAll(`.node[title="${CSS.escape(address)}"]`)) {
      item.textContent = name;
    }
  }

  /** @param {Entry} entry */
  #insert({ kind, node, text, at }) {
    // As the server keeps them: by their times where they have them.
    const place = this.#times.findLastIndex((time) => time <= (at ?? 0)) + 1;
    const parts = [
      element('span', { class: 'node', text: this.#nameOf(node), title: node }),
      element('span', { class: 'text', text }),
    ];
    if (at !== undefined) parts.unshift(element('time', { text: timeOfDay(at) }));
    const made = element('li', { 'data-kind': kind }, parts);
    this.#list.insertBefore(made, this.#list.children[place] ?? null);
    this.#times.splice(place, 0, at ?? 0);
    if (this.#times.length <= KEPT) return;
    this.#times.shift();
    this.#list.firstElementChild?.remove();
  }
}
