import { byId, element, setText } from './dom.js';
import { duration } from './format.js';

/**
 * @typedef {import('../protocol.js').Actions} Actions
 * @typedef {import('../protocol.js').ClusterView} ClusterView
 * @typedef {import('../protocol.js').NodeView} NodeView
 * @typedef {import('../protocol.js').RunNodeView} RunNodeView
 * @typedef {import('../protocol.js').RunView} RunView
 * @typedef {<Name extends keyof Actions>(name: Name, body: Actions[Name]) => void} Act
 */

const TONES = {
  waiting: 'unknown',
  running: 'busy',
  stopping: 'busy',
  done: 'good',
  failed: 'bad',
  stopped: 'bad',
  left: 'unknown',
};

/** Starts operations, and shows the one that runs, or the last one. */
export class OperationPanel {
  #act;
  #nameOf;
  #start = byId('start', HTMLElement);
  #chosen = byId('chosen', HTMLElement);
  #image = byId('image', HTMLInputElement);
  #buttons = ['reboot', 'upgrade'].map((id) => byId(id, HTMLButtonElement));
  #state = byId('run-state', HTMLElement);
  #stateText = element('span', { role: 'status' });
  #time = element('span', { class: 'quiet' });
  #stop = element('button', { type: 'button', class: 'small', text: 'Stop' });
  #list = byId('run', HTMLElement);
  /** @type {RunView | undefined} */
  #run;
  /** The addresses of the nodes that one can choose from. */
  #choices = '';

  /**
   * @param {Act} act
   * @param {(address: string) => string} nameOf
   */
  constructor(act, nameOf) {
    this.#act = act;
    this.#nameOf = nameOf;
    const [reboot, upgrade] = this.#buttons;
    reboot?.addEventListener('click', () => this.#ask('reboot'));
    upgrade?.addEventListener('click', () => this.#ask('upgrade'));
    this.#stop.addEventListener('click', () => this.#act('stop', {}));
    this.#state.append(this.#stateText, this.#time, this.#stop);
    this.show(undefined);
  }

  /**
   * @param {ClusterView} cluster
   * @param {readonly NodeView[]} nodes
   */
  offer({ mayAct, image }, nodes) {
    this.#start.hidden = !mayAct;
    if (this.#image.value === '') this.#image.value = image;
    const choices = nodes.map(({ address, name }) => `${address} ${name}`).join();
    if (choices === this.#choices) return;
    this.#choices = choices;
    const off = new Set(this.#boxes().flatMap((box) => (box.checked ? [] : [box.value])));
    this.#chosen.replaceChildren(
      ...nodes.map(({ address, name }) => {
        const box = element('input', { type: 'checkbox', value: address });
        box.checked = !off.has(address);
        return element('label', {}, [box, ` ${name}`]);
      }),
    );
  }

  /** @param {RunView | undefined} run */
  show(run) {
    this.#run = run;
    const isRunning = run !== undefined && run.endedAt === undefined;
    for (const button of this.#buttons) button.disabled = isRunning;
    this.#stop.hidden = !isRunning || this.#start.hidden;
    this.#stop.disabled = run?.state === 'stopping';
    this.#state.dataset.state = run?.state ?? 'none';
    setText(this.#stateText, run === undefined ? 'None so far.' : titleOf(run));
    this.showTime();
    this.#list.hidden = run === undefined;
    this.#list.replaceChildren(...(run?.nodes ?? []).map((node) => this.#row(node)));
  }

  /** What changes with time alone. */
  showTime() {
    const { startedAt, endedAt = Date.now() } = this.#run ?? {};
    setText(this.#time, startedAt === undefined ? '' : duration(endedAt - startedAt));
  }

  /** @param {RunNodeView} node */
  #row({ address, state, steps, now }) {
    const list = steps.map((step, index) => {
      const isNow = state !== 'done' && index === steps.length - 1;
      return element('li', { text: step, ...(isNow && { 'aria-current': 'step' }) });
    });
    const name = this.#nameOf(address);
    return element('li', { 'data-node': name, 'data-state': state, 'data-tone': TONES[state] }, [
      element('strong', { text: name }),
      element('span', { class: 'state', text: state === 'left' ? 'not begun' : state }),
      element('ol', { class: 'steps' }, list),
      ...(now ? [element('span', { class: 'now', text: now })] : []),
    ]);
  }

  #boxes() {
    return [...this.#chosen.querySelectorAll('input')];
  }

  /** @param {'reboot' | 'upgrade'} operation */
  async #ask(operation) {
    const nodes = this.#boxes().flatMap((box) => (box.checked ? [box.value] : []));
    const image = this.#image.value.trim();
    if (nodes.length === 0) return this.#boxes()[0]?.focus();
    if (operation === 'upgrade' && image === '') return this.#image.focus();
    const count = nodes.length === 1 ? 'one node' : `${nodes.length} nodes`;
    const title = operation === 'reboot' ? `Reboot ${count}?` : `Upgrade ${count}?`;
    const what = operation === 'reboot' ? '' : ` to ${image}`;
    const names = nodes.map((address) => this.#nameOf(address)).join(', ');
    const text = `One after the other, each drained before${what}: ${names}.`;
    if (!(await confirmed(title, text, title.slice(0, -1)))) return;
    if (operation === 'reboot') this.#act('reboot', { nodes });
    else this.#act('upgrade', { nodes, image });
  }
}

/** @param {RunView} run */
function titleOf({ operation, image, state, error, now, endedAt }) {
  const what = operation === 'reboot' ? 'Rolling reboot' : `Rolling upgrade to ${image}`;
  const more = endedAt === undefined ? now : error;
  return `${what}: ${state}${more ? ` (${more})` : ''}`;
}

/**
 * Asks whether something is to be done.
 *
 * @param {string} title
 * @param {string} text
 * @param {string} yes
 * @returns {Promise<boolean>}
 */
function confirmed(title, text, yes) {
  const dialog = byId('confirm', HTMLDialogElement);
  setText(byId('confirm-title', HTMLElement), title);
  setText(byId('confirm-text', HTMLElement), text);
  setText(byId('confirm-yes', HTMLElement), yes);
  byId('confirm-yes', HTMLElement).onclick = () => dialog.close('yes');
  byId('confirm-no', HTMLElement).onclick = () => dialog.close('no');
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === 'yes');
  });
}
