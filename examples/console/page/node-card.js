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

/** The tops that the plot of the processors can have. */
const CPU_TOPS = [0.1, 0.25, 0.5, 1];

/**
 * How a node is, in a few words and with a tone.
 *
 * @param {NodeView} node
 * @returns {{ tone: 'good' | 'busy' | 'bad' | 'unknown', text: string }}
 */
export function condition({ link, stage, ready }) {
  if (link === 'connecting') return { tone: 'unknown', text: 'connecting' };
  if (link === 'lost') {
    if (stage === undefined || !AWAY.includes(stage)) return { tone: 'bad', text: 'no answer' };
    return { tone: 'busy', text: `${stage}, no answer` };
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
      this.#facts,
      this.#why,
      this.#cpu.element,
      this.#memory.element,
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
    setText(this.#why, [node.why, ...node.unmet, ...node.problems].filter(Boolean).join(' · '));
    this.showTime();
    this.#showServices(node.services);
    setText(this.#cut, node.link === 'lost' ? 'Connect' : 'Cut off');
    this.#cut.setAttribute('aria-label', `${this.#cut.textContent} ${node.name}`);
    this.#cut.hidden = !canBeCut;
  }

  /** What changes with time alone. */
  showTime() {
    if (this.#node === undefined) return;
    const { address, name, type, version, bootedAt, link } = this.#node;
    const up = bootedAt === undefined ? undefined : `up ${duration(Date.now() - bootedAt)}`;
    const facts = [name === address ? undefined : address, type, version];
    setText(this.#facts, [...facts, link === 'up' && up].filter(Boolean).join(' · '));
  }

  /** @param {readonly Sample[]} samples */
  draw(samples) {
    const { cpu, memoryUsed, memoryTotal } = samples.at(-1) ?? {};
    const total = memoryTotal ?? samples.findLast((sample) => sample.memoryTotal)?.memoryTotal ?? 1;
    this.#cpu.draw(
      samples,
      cpu === undefined ? '–' : percent(cpu),
      (highest) => CPU_TOPS.find((top) => top >= highest) ?? 1,
    );
    this.#memory.draw(
      samples,
      memoryUsed === undefined ? '–' : `${gibibytes(memoryUsed)} of ${gibibytes(total)} GiB`,
      () => total,
    );
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
    const well = unwell === 0 ? 'all well' : `${unwell} unwell`;
    setText(
      this.#serviceCount,
      services.length === 0 ? '' : `${services.length} services, ${well}`,
    );
  }
}

/** @param {ServiceView} service */
function toneOf({ state, health }) {
  if (state === 'Failed' || health === 'unhealthy') return 'bad';
  return state === 'Running' || state === 'Finished' ? 'good' : 'busy';
}
