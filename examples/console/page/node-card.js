import { element, setText } from './dom.js';
import { duration, gibibytes, percent } from './format.js';
import { Plot } from './plot.js';

/**
 * @typedef {import('../protocol.js').NodeView} NodeView
 * @typedef {import('../protocol.js').Sample} Sample
 * @typedef {import('../protocol.js').ServiceView} ServiceView
 */

/** Stages in which a node is expected not to answer for a while. */
const AWAY = ['rebooting', 'shutting down', 'upgrading', 'resetting', 'installing'];

/**
 * How a node is, in a few words and with a tone.
 *
 * @param {NodeView} node
 * @returns {{ tone: 'good' | 'busy' | 'bad' | 'unknown', text: string }}
 */
export function condition({ link, stage, ready }) {
  if (link !== 'up') {
    if (stage !== undefined && AWAY.includes(stage)) return { tone: 'busy', text: stage };
    if (link === 'lost') return { tone: 'bad', text: 'no answer' };
    return { tone: 'unknown', text: 'connecting' };
  }
  if (stage === 'running') {
    return ready ? { tone: 'good', text: stage } : { tone: 'busy', text: 'not ready' };
  }
  return { tone: 'busy', text: stage ?? 'stage unknown' };
}

/** The card of a node. */
export class NodeCard {
  #name = element('h3');
  #condition = element('span', { class: 'pill' });
  #place = element('p', { class: 'quiet' });
  #facts = element('p', { class: 'quiet' });
  #why = element('p', { class: 'why' });
  #cpu = new Plot('CPU', 'cpu', ({ cpu }) => cpu);
  #memory = new Plot('Memory', 'memory', ({ memoryUsed }) => memoryUsed);
  #serviceCount = element('summary');
  #services = element('ul', { class: 'services' });
  #cut = element('button', { type: 'button', class: 'small' });
  /** @type {NodeView | undefined} */
  #node;

  /** @param {(action: 'cut' | 'connect', node: NodeView) => void} onCut */
  constructor(onCut) {
    this.element = element('li', { class: 'card' }, [
      element('div', { class: 'row spread' }, [this.#name, this.#condition]),
      element('div', {}, [this.#place, this.#facts]),
      this.#cpu.element,
      this.#memory.element,
      this.#why,
      element('div', { class: 'card-foot' }, [
        element('details', {}, [this.#serviceCount, this.#services]),
        this.#cut,
      ]),
    ]);
    this.#cut.addEventListener('click', () => {
      if (this.#node) onCut(this.#node.link === 'lost' ? 'connect' : 'cut', this.#node);
    });
  }

  /**
   * @param {NodeView} node
   * @param {boolean} canBeCut
   */
  show(node, canBeCut) {
    this.#node = node;
    const { tone, text } = condition(node);
    this.element.dataset.tone = tone;
    this.element.dataset.node = node.name;
    setText(this.#name, node.name);
    setText(this.#condition, text);
    const why = [node.why, ...node.unmet, ...node.problems].filter(Boolean).join(' · ');
    setText(this.#why, why);
    // The card shows the beginning of a long one.
    this.#why.title = why;
    this.showTime();
    this.#showServices(node.services);
    setText(this.#cut, node.link === 'lost' ? 'Connect' : 'Cut off');
    this.#cut.setAttribute('aria-label', `${this.#cut.textContent} ${node.name}`);
    this.#cut.hidden = !canBeCut;
  }

  /** What changes with time alone. */
  showTime() {
    if (this.#node === undefined) return;
    const { address, type = '', version, bootedAt, link } = this.#node;
    const role = type === 'controlplane' ? 'control plane' : type;
    setText(this.#place, [address, role].filter(Boolean).join(' · '));
    const isUp = link === 'up' && bootedAt !== undefined;
    const facts = [version, isUp && `up ${duration(Date.now() - bootedAt)}`];
    setText(this.#facts, facts.filter(Boolean).join(' · '));
  }

  /**
   * @param {readonly Sample[]} samples
   * @param {number} cpuTop the top of the plot of the processors, which all nodes have in common
   */
  draw(samples, cpuTop) {
    const { cpu, memoryUsed, memoryTotal } = samples.at(-1) ?? {};
    const total = memoryTotal ?? samples.findLast((sample) => sample.memoryTotal)?.memoryTotal ?? 1;
    const used = memoryUsed === undefined ? '–' : gibibytes(memoryUsed);
    this.#cpu.draw(samples, cpuTop, {
      now: cpu === undefined ? '–' : percent(cpu),
      top: `top ${percent(cpuTop)}`,
    });
    this.#memory.draw(samples, total, { now: used, top: `of ${gibibytes(total)} GiB` });
  }

  /** @param {readonly ServiceView[]} services */
  #showServices(services) {
    const list = services.map((service) => {
      const tone = toneOf(service);
      const { id, state, health } = service;
      const text = health === 'unhealthy' ? `${state}, unhealthy` : state;
      return element('li', { 'data-tone': tone }, [
        element('span', { text: id }),
        element('span', { text }),
      ]);
    });
    this.#services.replaceChildren(...list);
    const unwell = services.filter((service) => toneOf(service) === 'bad').length;
    const count =
      unwell === 0 ? `${services.length} services well` : `${unwell} of ${services.length} unwell`;
    setText(this.#serviceCount, services.length === 0 ? '' : count);
  }
}

/** @param {ServiceView} service */
function toneOf({ state, health }) {
  if (state === 'Failed' || health === 'unhealthy') return 'bad';
  return state === 'Running' || state === 'Finished' ? 'good' : 'busy';
}
