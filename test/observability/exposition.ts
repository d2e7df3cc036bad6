/** One line of a scrape. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric of a scrape with all its samples. */
export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const line =
  /^(?<name>[a-zA-Z_:][\w:]*)(?:\{(?<labels>(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (?<value>\S+)$/;

/**
 * Reads the text format of Prometheus. Refuses what the format does not have, samples without a
 * type, and a sample that comes twice.
 */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>();
  const seen = new Set<string>();
  const familyOf = (name: string) => {
    const made = families.get(name) ?? { type: '', help: '', samples: [] };
    families.set(name, made);
    return made;
  };
  for (const each of text.split('\n').filter((part) => part !== '')) {
    const [, kind, metric = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(each) ?? [];
    if (kind === 'HELP') familyOf(metric).help = rest;
    else if (kind === 'TYPE') familyOf(metric).type = rest;
    else {
      const groups = line.exec(each)?.groups;
      if (groups === undefined) throw new Error(`not a sample: ${each}`);
      const { name = '', labels = '', value } = groups;
      const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''));
      if (family === undefined || family.type === '') throw new Error(`without a type: ${each}`);
      if (seen.has(`${name}{${labels}}`)) throw new Error(`twice: ${each}`);
      seen.add(`${name}{${labels}}`);
      family.samples.push({
        name,
        labels: Object.fromEntries(
          [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [
            key,
            text.replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char)),
          ]),
        ),
        value: Number(value?.replace('+Inf', 'Infinity')),
      });
    }
  }
  return families;
}
