import { examples } from '../../examples.js';

/** A page for each example without one, with its files. */
export default {
  paths: () =>
    examples()
      .filter(({ hasPage }) => !hasPage)
      .map(({ name, what, files }) => ({
        params: { name },
        content: `# ${name}\n\n${what}\n\n${files.map(section).join('\n')}`,
      })),
};

function section([path, text]: readonly [path: string, text: string]): string {
  return `## ${path}\n\n\`\`\`ts\n${text}\`\`\`\n`;
}
