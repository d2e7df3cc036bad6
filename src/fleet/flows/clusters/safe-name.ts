/** The name of a context as the id of a child, or as a folder: without `/`, and never `..`. */
export function safeName(context: string): string {
  return context.replace(/[%/\\\0]/g, (found) => `%${hex(found)}`).replace(/^\./, '%2E');
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}
