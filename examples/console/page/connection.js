/**
 * @typedef {import('../protocol.js').Message} Message
 * @typedef {import('../protocol.js').Actions} Actions
 */

const KEY = 'token';

/**
 * The token that the terminal showed. It comes in the fragment of the address, which no request
 * carries, and goes from there to the storage of this tab, so that it can be loaded again.
 */
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get(KEY);
  if (given !== null) {
    sessionStorage.setItem(KEY, given);
    history.replaceState(null, '', location.pathname);
  }
  return sessionStorage.getItem(KEY) ?? '';
}

/** @param {string} token */
function authorization(token) {
  return { authorization: `Bearer ${token}` };
}

/** The server does not let this page in: another console runs there now, or it is not the right address. */
export class Refused extends Error {
  /** @param {number} status */
  constructor(status) {
    super(`the console refused: ${status}`);
    this.status = status;
  }
}

/**
 * What the server tells, until the connection ends. `EventSource` would do the same, but sends no
 * token in a header, and a cookie would go to every port of this host.
 *
 * @param {string} token
 * @param {Readonly<Record<string, string>>} query
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Message, void, undefined>}
 */
export async function* messages(token, query, signal) {
  const response = await fetch(`live?${new URLSearchParams(query)}`, {
    headers: authorization(token),
    signal,
  });
  if (!response.ok || response.body === null) throw new Refused(response.status);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) yield JSON.parse(event.slice('data: '.length));
  }
}

/**
 * Asks the server to do something.
 *
 * @template {keyof Actions} Name
 * @param {string} token
 * @param {Name} name
 * @param {Actions[Name]} body
 * @returns {Promise<void>} rejects with what the server says
 */
export async function act(token, name, body) {
  const response = await fetch(`actions/${name}`, {
    method: 'POST',
    headers: { ...authorization(token), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.ok) return;
  const { error } = await response.json().catch(() => ({}));
  throw new Error(error ?? `the console refused: ${response.status}`);
}
