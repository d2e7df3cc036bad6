/**
 * Makes an element. Texts of nodes only ever come as text: nothing that they say becomes markup.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string>>} [attributes] besides attributes, `text`
 * @param {readonly (Element | string)[]} [children]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, { text, ...attributes } = {}, children = []) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

/**
 * The element of the page with an id.
 *
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {new () => Kind} kind
 * @returns {Kind}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${id}`);
}

/**
 * Shows a text, or hides the element where there is none.
 *
 * @param {HTMLElement} where
 * @param {string | undefined} text
 */
export function setText(where, text) {
  // What did not change is left alone, so that a selection stays and nothing is read out again.
  if (where.textContent !== (text ?? '')) where.textContent = text ?? '';
  where.hidden = text === undefined || text === '';
}
