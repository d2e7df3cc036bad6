import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Keeps the source maps of what people wrote. Generated code can be read as it is: a file of nothing
 * else loses its map, and in other maps its text is left out.
 */
export function keepHandWrittenMaps(outputs, root) {
  for (const [path, { inputs }] of Object.entries(outputs)) {
    if (path.endsWith('.map')) continue;
    const file = join(root, path);
    const isGenerated = Object.keys(inputs).every(
      (input) => input.includes('dist/generated/') || inputs[input].bytesInOutput === 0,
    );
    if (isGenerated) {
      rmSync(`${file}.map`, { force: true });
      writeFileSync(file, readFileSync(file, 'utf8').replace(/\/\/# sourceMappingURL=.*\n?$/, ''));
      continue;
    }
    const map = JSON.parse(readFileSync(`${file}.map`, 'utf8'));
    map.sourcesContent = map.sources.map((source, index) =>
      /(?:^|\/)generated\//.test(source) ? null : map.sourcesContent[index],
    );
    writeFileSync(`${file}.map`, JSON.stringify(map));
  }
}
