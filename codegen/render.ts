import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import Handlebars from 'handlebars';
import {
  type LinkedFile,
  libraryModule,
  link,
  type Places,
  runtimeModule,
  use,
  useType,
} from './uses.js';

const options = { strict: true, noEscape: true } as const;

/** Prints models through the templates of a folder. */
export class Renderer {
  readonly #handlebars = Handlebars.create();
  readonly #templates = new Map<string, Handlebars.TemplateDelegate>();
  readonly #places: Places;

  constructor(folder: string, places: Places) {
    this.#places = places;
    for (const [name, text] of templatesIn(join(folder, 'partials'))) {
      this.#handlebars.registerPartial(name, this.#handlebars.compile(text, options));
    }
    for (const [name, text] of templatesIn(folder)) {
      this.#templates.set(name, this.#handlebars.compile(text, options));
    }
  }

  /** The text of a file. What a model says that it declares is linked with what it uses. */
  render(
    file: ({ readonly template: string } & LinkedFile) | { readonly template: string },
  ): string {
    const template = this.#templates.get(file.template);
    if (template === undefined) throw new Error(`there is no template ${file.template}.hbs`);
    const text = template(file);
    return 'declares' in file && file.path.endsWith('.ts') ? link(file, text, this.#places) : text;
  }
}

function templatesIn(folder: string): [name: string, text: string][] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.hbs'))
    .sort()
    .map((name) => [basename(name, '.hbs'), withUses(readFileSync(join(folder, name), 'utf8'))]);
}

/**
 * `{{use 'protobuf/reader' 'readTag'}}` and `{{useType …}}` are what a template uses of the runtime;
 * `library:cosi/kind` is a module beside it.
 */
function withUses(template: string): string {
  return template.replace(
    /\{\{(use|useType) '(library:)?([\w/-]+)' '(\w+)'\}\}/g,
    (_, kind: string, beside: string | undefined, module: string, name: string) =>
      (kind === 'use' ? use : useType)(
        beside === undefined ? runtimeModule(module) : libraryModule(module),
        name,
      ),
  );
}
