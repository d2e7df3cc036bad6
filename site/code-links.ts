import type { MarkdownRenderer } from 'vitepress';

type Token = ReturnType<MarkdownRenderer['parse']>[number];

/** How the reference begins the line of links behind a piece of code. */
const BEGIN = 'Types: ';

/**
 * In the reference, a line of links behind a piece of code says where its types are described. The site
 * makes links of the types in the code instead.
 */
export function linkTypes(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('links-in-code', ({ tokens }) => {
    for (const [index, fence] of tokens.entries()) {
      if (fence.type !== 'fence') continue;
      const links = linksOf(tokens.slice(index + 1, index + 4));
      if (links === undefined) continue;
      fence.meta = { ...fence.meta, links };
      tokens.splice(index + 1, 3);
    }
  });
  const fence = markdown.renderer.rules.fence;
  markdown.renderer.rules.fence = (tokens, index, ...rest) => {
    const html = fence?.(tokens, index, ...rest) ?? '';
    const links: ReadonlyMap<string, string> | undefined = tokens[index]?.meta?.links;
    return links === undefined ? html : withLinks(html, links);
  };
}

/** The links of such a paragraph: word → address. */
function linksOf([open, inline]: readonly Token[]): Map<string, string> | undefined {
  if (open?.type !== 'paragraph_open' || !inline?.content.startsWith(BEGIN)) return undefined;
  const children = inline.children ?? [];
  return new Map(
    children.flatMap((token, index): [string, string][] => {
      if (token.type !== 'link_open') return [];
      return [[children[index + 1]?.content ?? '', addressOf(token.attrGet('href') ?? '')]];
    }),
  );
}

/** What a link to a page is in HTML. */
function addressOf(href: string): string {
  return href.replace(/(?:index)?\.md(?=#|$)/, (end) => (end === '.md' ? '.html' : ''));
}

/** Makes links of the words of highlighted code; its tags stay as they are. */
function withLinks(html: string, links: ReadonlyMap<string, string>): string {
  const [begin, code, end] = /^(.*<code>)(.*)(<\/code>.*)$/s.exec(html)?.slice(1) ?? [];
  if (begin === undefined || code === undefined) return html;
  const linked = code.replace(/>([^<]+)/g, (_, text: string) => {
    const words = text.replace(/(?<![\w&])[A-Za-z_]\w*/g, (word) => {
      const address = links.get(word);
      return address === undefined ? word : `<a href="${address}">${word}</a>`;
    });
    return `>${words}`;
  });
  return `${begin}${linked}${end}`;
}
