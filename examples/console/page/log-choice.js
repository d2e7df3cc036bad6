import { byId, element } from './dom.js';

/** @typedef {import('../protocol.js').NodeView} NodeView */

/** Which log is shown: chosen from the services that the nodes have. */
export class LogChoice {
  #service = byId('log-service', HTMLSelectElement);
  #node = byId('log-node', HTMLSelectElement);
  #choices = '';

  /** @param {() => void} onChange */
  constructor(onChange) {
    this.#service.append(element('option', { value: 'kubelet', text: 'kubelet' }));
    this.#node.append(element('option', { value: '', text: 'all nodes' }));
    for (const select of [this.#service, this.#node]) select.addEventListener('change', onChange);
  }

  /** What the server is asked for. */
  get query() {
    const [service, node] = [this.#service.value, this.#node.value];
    return { service, ...(node !== '' && { node }) };
  }

  /** @param {readonly NodeView[]} nodes */
  offer(nodes) {
    const services = new Set(['kubelet', this.#service.value]);
    for (const node of nodes) for (const { id } of node.services) services.add(id);
    const choices = JSON.stringify([
      [...services],
      nodes.map(({ address, name }) => [address, name]),
    ]);
    if (choices === this.#choices) return;
    this.#choices = choices;
    fill(
      this.#service,
      [...services].sort().map((id) => [id, id]),
    );
    fill(this.#node, [['', 'all nodes'], ...nodes.map(({ address, name }) => [address, name])]);
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {readonly (readonly string[])[]} options
 */
function fill(select, options) {
  const { value } = select;
  select.replaceChildren(
    ...options.map(([of = '', text = '']) => element('option', { value: of, text })),
  );
  select.value = value;
}
