import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Handlebars from 'handlebars';

const options = { strict: true, noEscape: true } as const;

/** Prints models through the templates of a folder. */
export class Renderer {
  readonly #handlebars = Handlebars.create();
  readonly #templates = new Map<string, Handlebars.TemplateDelegate>();

  constructor(folder: string) {
    for (const [name, text] of templatesIn(join(folder, 'partials'))) {
      this.#handlebars.registerPartial(name, this.#handlebars.compile(text, options));
    }
    for (const [name, text] of templatesIn(folder)) {
      this.#templates.set(name, this.#handlebars.compile(text, options));
    }
  }

  render(file: { readonly template: string }): string {
    const template = this.#templates.get(file.template);
    if (template === undefined) throw new Error(`there is no template ${file.template}.hbs`);
    return template(file);
  }
}

function templatesIn(folder: string): [name: string, text: string][] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.hbs'))
    .sort()
    .map((name) => [basename(name, '.hbs'), readFileSync(join(folder, name), 'utf8')]);
}
