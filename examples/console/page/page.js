import { act, messages, Refused, takeToken } from './connection.js';
import { byId, setText } from './dom.js';
import { EntryList } from './entry-list.js';
import { showEtcd } from './etcd-table.js';
import { LogChoice } from './log-choice.js';
import { condition, NodeCard } from './node-card.js';
import { OperationPanel } from './operation-panel.js';

/**
 * @typedef {import('../protocol.js').ClusterView} ClusterView
 * @typedef {import('../protocol.js').Message} Message
 * @typedef {import('../protocol.js').NodeView} NodeView
 * @typedef {import('../protocol.js').Sample} Sample
 */

/** How many samples of a node are kept, and how long the server is left alone when it is gone. */
const KEPT_SAMPLES = 150;
const RETRY_MS = 2_000;

const token = takeToken();

/** @type {ClusterView} */
let cluster = { name: '', isSimulated: false, mayAct: false, image: '' };
/** @type {Map<string, NodeView>} */
let nodes = new Map();
/** @type {Map<string, Sample[]>} */
const samples = new Map();
/** @type {Map<string, NodeCard>} */
const cards = new Map();

/** @param {string} address */
const nameOf = (address) => nodes.get(address)?.name ?? address;

const events = new EntryList(byId('events', HTMLElement), nameOf);
const log = new EntryList(byId('log', HTMLElement), nameOf);
const operations = new OperationPanel(request, nameOf);
const choice = new LogChoice(() => void look());
const notice = byId('notice', HTMLElement);
const connection = byId('connection', HTMLElement);

/**
 * @template {keyof import('../protocol.js').Actions} Name
 * @param {Name} name
 * @param {import('../protocol.js').Actions[Name]} body
 */
function request(name, body) {
  act(token, name, body).then(
    () => setText(notice, ''),
    (/** @type {unknown} */ error) => setText(notice, String(error)),
  );
}

/** @param {Message} message */
function take(message) {
  switch (message.type) {
    case 'state': {
      cluster = message.cluster;
      nodes = new Map(message.nodes.map((node) => [node.address, node]));
      for (const [address, list] of Object.entries(message.samples)) {
        samples.set(address, [...list]);
      }
      showAll();
      showEtcd(message.etcd);
      events.reset(message.events);
      operations.show(message.run);
      return;
    }
    case 'node':
      if (nameOf(message.node.address) !== message.node.name) {
        for (const list of [events, log]) list.rename(message.node.address, message.node.name);
      }
      nodes.set(message.node.address, message.node);
      showNode(message.node);
      showNodes();
      return;
    case 'sample': {
      const list = samples.get(message.node) ?? [];
      list.push(message.sample);
      if (list.length > KEPT_SAMPLES) list.shift();
      samples.set(message.node, list);
      draw(message.node);
      return;
    }
    case 'etcd':
      return showEtcd(message.etcd);
    case 'event':
      return events.add(message.entry);
    case 'run':
      return operations.show(message.run);
    case 'log':
      return log.reset(message.entries);
    case 'line':
      return log.add(message.entry);
    case 'missed':
      setText(notice, `This page was too slow: ${message.count} messages were left out.`);
  }
}

function showAll() {
  document.title = `${cluster.name} · Talos cluster`;
  setText(byId('cluster', HTMLElement), cluster.name);
  const mode = cluster.mayAct ? 'actions allowed' : 'read-only';
  setText(byId('mode', HTMLElement), cluster.isSimulated ? 'simulated cluster' : mode);
  for (const [address, node] of nodes) {
    showNode(node);
    draw(address);
  }
  showNodes();
}

/** The tops that the plots of the processors can have, and the one that they have. */
const CPU_TOPS = [0.25, 0.5, 1];
let cpuTop = 0;

/** @param {string} address */
function draw(address) {
  const highest = Math.max(0, ...[...samples.values()].flat().map(({ cpu = 0 }) => cpu));
  const top = CPU_TOPS.find((one) => one >= highest) ?? 1;
  const changed = top === cpuTop ? [address] : [...cards.keys()];
  cpuTop = top;
  for (const one of changed) cards.get(one)?.draw(samples.get(one) ?? [], top);
}

/** @param {NodeView} node */
function showNode(node) {
  let card = cards.get(node.address);
  if (card === undefined) {
    card = new NodeCard((action, { address }) => request(action, { node: address }));
    cards.set(node.address, card);
    byId('nodes', HTMLElement).append(card.element);
  }
  card.show(node, cluster.isSimulated);
}

/** What is about all nodes. */
function showNodes() {
  const all = [...nodes.values()];
  const well = all.filter((node) => condition(node).tone === 'good').length;
  const gone = all.filter((node) => condition(node).tone === 'bad').map(({ name }) => name);
  const more = gone.length > 0 ? `; no answer from ${gone.join(', ')}` : '';
  setText(byId('summary', HTMLElement), `${well} of ${all.length} nodes ready${more}`);
  operations.offer(cluster, all);
  choice.offer(all);
}

/**
 * @param {string} text
 * @param {'good' | 'busy' | 'bad' | 'unknown'} tone
 */
function showConnection(text, tone) {
  setText(connection, text);
  connection.dataset.tone = tone;
}

/**
 * The looks that go on, oldest first: more than one only until the last one has its first message.
 *
 * @type {AbortController[]}
 */
const looks = [];

/** Looks at the cluster, and at the log that is chosen, until there is another look. */
async function look() {
  const own = new AbortController();
  const { signal } = own;
  const { query } = choice;
  looks.push(own);
  while (!signal.aborted) {
    try {
      for await (const message of messages(token, query, signal)) {
        if (signal.aborted) return;
        // Those before went on until now, so that the nodes are watched all the time.
        while (looks[0] !== own) looks.shift()?.abort();
        showConnection('live', 'good');
        take(message);
      }
      showConnection('connection lost', 'bad');
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && error.status < 500) return showRefusal();
      showConnection('connection lost', 'bad');
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

function showRefusal() {
  showConnection('not let in', 'bad');
  setText(
    notice,
    'The console does not know this page. Open the whole address that it printed when it was started.',
  );
}

// Somebody may put the address of another console into the same tab.
addEventListener('hashchange', () => {
  takeToken();
  location.reload();
});
setInterval(() => {
  operations.showTime();
  for (const card of cards.values()) card.showTime();
}, 1_000);

void look();
