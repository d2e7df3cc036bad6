/** Several errors as one, in the words that Go programs use for it. */
export function goErrors(messages: readonly string[]): Error {
  const count = messages.length === 1 ? '1 error' : `${messages.length} errors`;
  const list = messages.map((message) => `\t* ${message}`).join('\n');
  return new Error(`${count} occurred:\n${list}\n\n`);
}
